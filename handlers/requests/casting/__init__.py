"""Faces in the form, and the casting sheet to choose from."""
