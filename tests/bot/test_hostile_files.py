"""The worst files that the bot reads at its start, at the size up to which it reads them."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from bot.blocks import modal
from bot.catalog import LARGEST_FILE as LARGEST_CATALOG
from bot.catalog import MOST_DOTS, Catalog
from bot.cli.check import MANIFEST_LIMIT, manifest_scopes
from bot.errors import ConfigurationError
from bot.settings.env_file import LARGEST_FILE, LONGEST_LINE, env_file
from bot.settings.misspelled import misspelled
from tests.support.deadlines import filled, within

SPACES = " " * (LONGEST_LINE - 4)


@pytest.fixture
def dot_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


@pytest.mark.parametrize(
    "pattern",
    [f"A=1{SPACES}\n", f"{SPACES}\n", f"A='{SPACES}\n", f"export{SPACES[6:]}\n", "A\n", "A='\\'",
     "SLACK_BOT_TOKE{}=1\n"],
    ids=["spaces", "only spaces", "quoted", "export", "names", "quotes", "like a setting"],
)  # fmt: skip
def test_no_env_file_takes_long_to_read(dot_env: Path, pattern: str) -> None:
    many = "".join(pattern.format(number) for number in range(LARGEST_FILE // len(pattern)))
    dot_env.write_text(many)
    with within(1.5):
        misspelled()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"A=1" + b" " * LONGEST_LINE, "has more than 4,000 characters in line 1."),
        (b"A=1" + b"\x0b" * LONGEST_LINE, "has more than 4,000 characters in line 1."),
        (b"A=1\n" * LARGEST_FILE, "is larger than 32,000 bytes. Keep only the settings in it."),
        (b"A=\xff\n", "isn't in UTF-8 (line 1): in your editor, save it with that encoding."),
    ],
    ids=["a long line", "other spaces", "large", "not text"],
)
def test_an_env_file_that_cannot_be_meant_is_refused(
    dot_env: Path, content: bytes, why: str
) -> None:
    dot_env.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        env_file()
    assert caught.value.sentence == f".env {why}"
    assert misspelled() == [], "the start shows both"


@pytest.mark.parametrize(
    "text",
    [
        "a." * MOST_DOTS + "a=1",
        f"[{'a.' * MOST_DOTS}a]",
        "[" * LARGEST_CATALOG,
        "a={" * (LARGEST_CATALOG // 3),
        filled("a.b=1\n", LARGEST_CATALOG),
        filled("a." * 99 + "a=1\n", 2 * MOST_DOTS),
        "avatars=[" + '"\\u0041",' * (LARGEST_CATALOG // 9 - 2) + "]",
        "avatars=" + "1" * (LARGEST_CATALOG - 8),
        "avatars=['a']\n" * LARGEST_CATALOG,
    ],
    ids=["dots", "table", "lists", "tables", "many dots", "keys", "names", "digits", "large"],
)
def test_no_catalog_takes_long_to_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "catalog.toml"
    file.write_text(text)
    with within(0.5), suppress(ConfigurationError):
        Catalog(file).search("avatar", "a " * 500)


MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{i}: &a{i}\n  <<: [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 300)
)


@pytest.mark.parametrize(
    "pattern", ["[", "{", "a: ", "- ", "? ", " ", "1:", "&a ", "\t", '"', MERGES, "a: &b [*b]\n"]
)
def test_no_manifest_takes_long_to_read(tmp_path: Path, pattern: str) -> None:
    file = tmp_path / "app_manifest.yml"
    file.write_text(filled(pattern, MANIFEST_LIMIT))
    with within(4.0), pytest.raises(ConfigurationError, match=r"app_manifest\.yml can't be read"):
        manifest_scopes(file)


@pytest.mark.parametrize("kept", ["[" * 3000, '{"a":' * 600, "1" * 3000, "x", "", "null", "[]"])
def test_no_metadata_of_a_form_takes_long_to_read(kept: str) -> None:
    with within(0.1):
        assert modal.replaced_take({"private_metadata": kept}) == ""
        assert not modal.more_is_open({"private_metadata": kept})
    long = json.dumps({"replaces": "V-1", "more": "x" * 3000})
    assert modal.replaced_take({"private_metadata": long}) == "", "no form has so much"
