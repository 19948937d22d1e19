"""The catalogue: what is known, what an admin adds, what is learnt, and the search in it."""

from pathlib import Path

import pytest

from bot.catalog import AVATARS, VOICES, Catalog
from bot.errors import ConfigurationError


def test_nothing_typed_lists_every_name() -> None:
    assert Catalog().search("avatar", "  ") == sorted(AVATARS)
    assert Catalog().search("voice", "") == sorted(VOICES, key=str.casefold)


def test_every_word_must_occur_in_any_case_and_order() -> None:
    assert Catalog().search("avatar", "FRONT busi ") == [
        "Amelia Business Training Front",
        "Bojan Business Training Front",
        "Brandon Business Sitting Front",
    ]
    assert Catalog().search("avatar", "business moon") == []


def test_names_that_start_with_what_was_typed_come_first() -> None:
    found = Catalog(learned=((), ("Brian", "zz brian"))).search("voice", "brian")
    assert found == ["Brian", "Chill Brian", "zz brian"]


def test_an_admin_adds_names_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "catalog.toml"
    file.write_text(
        'avatars = ["Zoë Studio"]\nvoices = ["Zed", "Aaron"]\nstock_ids = ["a1"]\n', "utf-8"
    )
    catalog = Catalog(file)
    assert catalog.search("avatar", "zoë") == ["Zoë Studio"]
    assert catalog.search("voice", "aaron") == ["Aaron"]
    assert catalog.stock_ids == {"a1"}


def test_without_the_file_there_is_what_is_known(tmp_path: Path) -> None:
    assert len(Catalog(tmp_path / "catalog.toml").search("avatar", "")) == len(AVATARS)


@pytest.mark.parametrize(
    "text", ["avatars = [", 'avatar = ["A"]', 'avatars = "A"', "voices = [1]", 'voices = [" "]']
)
def test_a_malformed_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "catalog.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=r"catalog\.toml"):
        Catalog(file)


def test_a_name_is_learnt_for_its_own_kind() -> None:
    catalog = Catalog()
    catalog.learn("avatar", "Cora Garden")
    assert catalog.search("avatar", "cora") == ["Cora Garden"]
    assert catalog.search("voice", "cora") == []


def test_a_select_never_gets_more_than_it_takes() -> None:
    assert len(Catalog(learned=((f"A{n}" for n in range(300)), ())).search("avatar", "a")) == 100
