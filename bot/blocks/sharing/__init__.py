"""Forms and texts of shares, and of takes that are taken down."""
