"""Segmind's API for heygen-avatar-v: submit, poll, result, history, balance.

client.py     Segmind: what can be asked
wire.py       one HTTP call: the pool, the budget of requests, httpx's errors as ours
answers.py    every shape that an answer can have; pure
history.py    rows of the request history, and how a lost submission is found; pure
"""
