"""The request log: what was asked for, what became of it, and what it cost.

log.py          RequestLog: every question and every change; the only one that writes SQL
store.py        what it asks of a database: sqlite_store.py, postgres_store.py
migrations.py   the tables, by named migrations, and the view `request_log`: in SQLite
postgres_tables.py   the same in Postgres
rows.py         rows to our types and back
pace.py         what finished renders took and cost; pure
show.py         python -m bot log
"""
