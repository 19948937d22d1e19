"""SQLite and Postgres behind one interface: connections, transactions, tables."""
