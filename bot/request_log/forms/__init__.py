"""What the form is filled with."""
