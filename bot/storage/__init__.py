"""SQLite and Postgres behind one interface."""
