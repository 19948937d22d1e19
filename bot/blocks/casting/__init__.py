"""The casting sheet, the form in which an admin makes it, and faces."""
