"""How the tables of the request log came to be, step by step, for both stores.

A released migration is never edited: databases that have applied it will not apply it again.
"""

from bot.storage.migrations import m0001_to_0008, m0009_onwards

MIGRATIONS = m0001_to_0008.STEPS | m0009_onwards.STEPS
