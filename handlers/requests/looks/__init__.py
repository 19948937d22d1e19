"""Looks in the form: which one it opens with, and what a chosen one fills in."""
