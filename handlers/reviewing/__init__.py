"""Decisions, notes, reminders and shares."""
