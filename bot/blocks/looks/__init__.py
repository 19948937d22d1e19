"""Looks in the form, and the forms in which they are saved and changed."""
