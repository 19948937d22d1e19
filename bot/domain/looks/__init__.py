"""Looks: named settings that a form can be filled from."""
