"""How tests of hostile input are written: a text of a given size, and a deadline."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Of CPU time, so that a busy machine changes nothing."""
    began = process_time()
    yield
    assert process_time() - began < seconds


def filled(pattern: str, length: int) -> str:
    return (pattern * (length // len(pattern) + 1))[:length]
