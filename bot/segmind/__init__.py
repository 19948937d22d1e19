"""Segmind's API for heygen-avatar-v: submit, poll, history, balance."""
