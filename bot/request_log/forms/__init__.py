"""What forms are filled with: looks, and what was typed and not sent."""
