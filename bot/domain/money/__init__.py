"""Months, budgets, and what a video may cost. Pure."""
