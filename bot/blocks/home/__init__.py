"""The app's Home tab, and the form for the limits that admins open there."""
