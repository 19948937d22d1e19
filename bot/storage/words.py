"""How each database finds the takes whose scripts have some words.

Both return SQL that selects `take_id`, with its one value; "" if its index can't tell. They may
select takes that only look alike: whoever uses them compares the words with the scripts.
"""

import re
from collections.abc import Iterable, Sequence

GRAM = 3  # characters: https://www.sqlite.org/fts5.html#the_trigram_tokenizer
MOST_GRAMS = 40
MOST = 1000  # takes, the newest
# As in the migration 0019: of what is written without spaces, each character is a word.
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_SPACED = r" \g<0> "


def in_sqlite(words: Sequence[str]) -> tuple[str, str]:
    """Any part of a script. Words of one or two characters are not in the index."""
    grams = list(dict.fromkeys(_grams(words)))[:MOST_GRAMS]
    match = " AND ".join(_quoted(gram) for gram in grams)
    sql = f"""SELECT take_id FROM script_index JOIN script_numbers
        ON script_numbers.number = script_index.rowid
        WHERE script_index MATCH ? ORDER BY script_index.rowid DESC LIMIT {MOST}"""
    return (sql, match) if match else ("", "")


def in_postgres(words: Sequence[str]) -> tuple[str, str]:
    """Words that begin like that; where there are no spaces, any part of a script."""
    lexemes = [f"'{_escaped(_NO_SPACES.sub(_SPACED, word))}':*" for word in words]
    # OFFSET 0 has the planner use the index, instead of reading every script, the newest first.
    # It has no positions, so for a phrase such as "re <-> launch" every script would be read.
    sql = r"""SELECT id AS take_id FROM takes WHERE script_words(prompt) @@
        regexp_replace(to_tsquery('simple', ?)::text, '<(-|\d+)>', '&', 'g')::tsquery OFFSET 0"""
    return sql, " & ".join(lexemes)


def _grams(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        yield from (word[at : at + GRAM] for at in range(len(word) - GRAM + 1))


def _quoted(gram: str) -> str:
    """A string of FTS5, in which nothing is an operator."""
    return '"' + gram.replace('"', '""') + '"'


def _escaped(word: str) -> str:
    """Within the quotation marks of a tsquery, in which nothing is an operator."""
    return word.replace("\\", "\\\\").replace("'", "''")
