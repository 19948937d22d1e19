"""Segmind's API for heygen-avatar-v: submit, poll, result, history, balance.

client.py     Segmind: what can be asked
wire.py       one HTTP call: the pool, the longest answer, httpx's errors as ours
budget.py     the key's requests a minute, shared by all processes
answers.py    every shape that an answer can have; pure
history.py    rows of the request history, and how a lost submission is found; pure
"""
