"""The request log: what was asked for, what became of it, and what it cost.

log.py          RequestLog: requests, their takes and events; questions.py: what is asked of it
review_log.py   ReviewLog: decisions, notes (note_changes.py), reviewers; sharing.py: shares
notifications.py     Notifications: who was told what, so that it is told once
rest_log.py     PauseLog: why the queue rests
statements.py   the SQL of single rows, within a transaction
store.py        what is asked of a database: sqlite_store.py, postgres_store.py
migrations.py   the tables, by named migrations, and the view `request_log`: in SQLite
postgres_tables.py   the same in Postgres
rows.py         rows to our types and back
pace.py         what finished renders took and cost; pure
totals.py      what all takes add up to, for /metrics
show.py         python -m bot log (show_reviews.py, cells.py)
"""
