"""Forms that are filled from looks, or with what was typed before."""
