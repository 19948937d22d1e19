"""The request log: what was asked for, what became of it, and what it cost.

log.py          RequestLog: every question and every change; the only one that runs SQL
migrations.py   the tables, by named migrations, and the view `request_log`
rows.py         rows to our types and back
pace.py         what finished renders took and cost; pure
show.py         python -m bot log
"""
