"""How long scripts take to say, what is left out of them, and what changed where no spaces are."""

import unicodedata

import pytest

from bot.domain.captions import timecodes
from bot.domain.estimates import Pace, estimate, measured, video_length
from bot.domain.parameters import Parameters, problems
from bot.domain.scripts.changes import Piece, script_changes
from bot.domain.scripts.speech import Script, break_seconds, script_of, speech_seconds, spoken
from bot.domain.takes import Take
from tests.support.deadlines import filled, within

CHINESE = "大家好，欢迎来到我们的产品发布会。今天我们将介绍全新的功能，希望大家喜欢。"  # noqa: RUF001


@pytest.mark.parametrize(
    ("script", "shortest", "longest"),
    [
        (CHINESE * 6, 45, 55),
        ("今日は新しい製品をご紹介します。", 2.3, 3.5),
        ("안녕하세요 여러분, 오늘은 새로운 제품을 소개합니다.", 3.5, 5.5),
        ("2026", 1.2, 2.0),
        ("$1.5M", 1.7, 2.6),
        ("120 km/h", 1.6, 2.6),
        ("የኢትዮጵያ ሕዝብ ሰላም ነው።", 1.7, 3.5),
        ("བོད་སྐད་ཀྱི་ཚིག་མཛོད།", 1.4, 2.5),
        (unicodedata.normalize("NFD", "안녕하세요 여러분"), 1.2, 2.2),
        ("The API of the IEEE", 2.2, 3.5),
        ("All the news of the year. " * 10, 16, 18),
        ("\ufdfa" * 100, 100, 200),  # stands for four words
        ("\ufdfd" * 100 + "\ufd40\ufdcf\ufdfe\ufdff" * 25, 300, 650),
        ("≥≈∞√★→±₿™" * 100, 450, 650),
        ("─" * 100, 2, 10),
        ("25 °C", 1.3, 2.0),
        ("Chapter Ⅷ, ⑫ of ㉚", 2.0, 4.0),
        ("12 ㎞ in ㍿", 1.5, 4.0),
    ],
)
def test_each_script_has_its_speed(script: str, shortest: float, longest: float) -> None:
    assert shortest <= speech_seconds(script) <= longest


def test_no_estimate_is_below_two_seconds() -> None:
    found = estimate(Parameters(prompt="hi"), Pace(price_per_second=0.08))
    assert (found.seconds, found.usd) == (2.0, 0.16)


def test_one_script_and_one_voice_calibrate_only_themselves() -> None:
    def take(number: int, voice: str, seconds: float) -> Take:
        parameters = Parameters(prompt=CHINESE, voice=voice)
        return Take(f"T{number}", "R", number, parameters, video_seconds=seconds)

    expected = speech_seconds(CHINESE)
    takes = [take(n, "Aaron", 2 * expected) for n in range(3)]
    takes += [take(n, "Allison", expected) for n in range(3, 7)]
    pace = measured(takes, Pace())
    assert pace.by_voice[Script.CHINESE, "Aaron"] == pytest.approx(2)
    for voice, slower in (("Aaron", 2), ("Allison", 1), ("Somebody new", 1)):
        found = estimate(Parameters(prompt=CHINESE, voice=voice), pace)
        assert found.seconds == pytest.approx(slower * expected)
    assert pace.by_script == {Script.CHINESE: pytest.approx(1)}
    assert script_of("Hello 世界, this is all there is.") is Script.ALPHABET
    english = Parameters(prompt="Hello team. " * 10)
    assert estimate(english, pace).seconds == estimate(english, Pace()).seconds


def test_emoji_are_not_spoken_and_nothing_else_is_left_out() -> None:
    assert spoken("Hello team :wave::skin-tone-3: we shipped :tada:") == "Hello team we shipped"
    assert spoken("👋🏽 Hi 👩‍💻! :rocket::rocket: Go") == "Hi! Go"
    assert spoken("🎉 :wave: 🎉  Hi\n🎉 🎉 Go") == "Hi\nGo"
    assert spoken("It's :party_parrot: time :+1::100:") == "It's time"
    assert spoken("Step 1️⃣, then :two:") == "Step 1, then 2"
    for kept in ("12:100:5 at 0:14:02", ":30: to :45:", "Note: this: is", "Acme™", "大家好"):
        assert spoken(kept) == kept
    assert spoken(" a  b ") == " a  b "
    assert Parameters(prompt="Go :tada:").body()["prompt"] == "Go"
    assert "aren't spoken" in problems(Parameters(prompt=":tada:"))["prompt"]


def test_of_slacks_codes_only_the_words_are_spoken() -> None:
    assert spoken("Hi <@U012AB>, ask <@U012AC|ada> in <#C012|general>") == "Hi, ask ada in general"
    assert spoken("<!here> See <https://example.com/a?b=1|our page>.") == "See our page."
    assert spoken("On <https://example.com>") == "On https://example.com"
    for kept in ("If a < b and c > d", "<b>Hi</b>", "1 <@ 2>", "a <- b -> c"):
        assert spoken(kept) == kept


def test_one_changed_character_of_a_script_without_spaces() -> None:
    assert script_changes("今天很好。我们走", "今天不好。我们走") == [
        Piece("kept", "今天"),
        Piece("gone", "很"),
        Piece("new", "不"),
        Piece("kept", "好。我们走"),
    ]


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ('<break time="60s"/>', 60.0),
        ("<BREAK  time = '500ms' />", 0.5),
        ('<br😀eak time="60s"/>', 60.0),  # emoji are left out of what is sent
        ('<break time="0s" time="00000000000000000060s">', 60.0),
        ('<break strength="x-strong"/>', 1.0),
        (f'<break time="{"9" * 400}s"/>', 24 * 3600.0),
        ("<breakfast at 10s>", 0.0),
    ],
)
def test_pauses_are_charged_as_long_as_they_are(tag: str, seconds: float) -> None:
    """They are written in 20 characters, so they would pass every limit."""
    assert break_seconds(f"Hello {tag} team.") == seconds
    price = Pace(by_script={Script.ALPHABET: 0.1}, price_per_second=0.1)
    found = estimate(Parameters(prompt=f"Hi {tag * 3}"), price)
    assert found.usd is not None
    assert found.usd >= 0.3 * seconds


def test_a_video_with_pauses_says_nothing_about_the_speed_of_others() -> None:
    slow = Parameters(prompt=CHINESE + '<break time="600s"/>')
    takes = [Take(f"T{n}", "R", n, slow, video_seconds=630.0) for n in range(1, 4)]
    assert [video_length(take) for take in takes] == [630.0] * 3
    assert measured(takes, Pace()).by_script == {}


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("0：02 太快", 2, 2),  # noqa: RUF001
        ("０:０２ 太快", 2, 2),  # noqa: RUF001
        ("在0：02太快了", 2, 2),  # noqa: RUF001
        ("第0:02秒", 2, 2),
        ("ที่0:02เร็วเกินไป", 2, 2),
        ("٠:٠٢ سريع", 2, 2),  # noqa: RUF001
        ("0:02～0:05 速い", 2, 5),  # noqa: RUF001
        ("0∶02〜0∶05", 2, 5),  # noqa: RUF001
    ],
)
def test_timecodes_of_other_scripts(text: str, start: float, end: float) -> None:
    [at] = timecodes(text)
    assert (at.start, at.end) == (start, end)


def test_of_many_joined_emoji_nothing_stays() -> None:
    """Also where there are more than are read at a time, with and without spaces."""
    joined = (
        "👩\u200d❤️\u200d💋\u200d👨",
        "🏳️\u200d🌈",
        "🏃🏿\u200d♀️\u200d➡️",
        "👨\u200d👩\u200d👧\u200d👦",
    )
    for many in (1, 40, 200):
        assert spoken(f"Hello {' '.join(joined * many)} team") == "Hello team"
        assert spoken(f"Hello {' and '.join(joined * many)}").count("and") == 4 * many - 1
    assert spoken(f"Hello {joined[-1] * 30} team") == "Hello team"


@pytest.mark.parametrize("mark", ["\u0f73", "\u0301", "\u0323\u0301", "\ufdfa"])
def test_no_script_takes_long_to_estimate(mark: str) -> None:
    with within(0.5):
        for number in range(10):
            assert speech_seconds(f"{number}{filled(mark, 2990)}") > 10
