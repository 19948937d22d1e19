"""How a script is spoken: without its emoji and Slack's codes, and for how long. Pure."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

# Emoji are rarely meant to be spoken, and a voice would read “:wave:” as the word. Names count
# where Slack would draw them: not within a word, such as 12:100:5. Which of them a workspace has
# isn't known, but nobody writes :a_word: for anything else.
_NAME = re.compile(
    r"(?<![A-Za-z0-9]):(?:(?=[^:]*[a-z])([a-z0-9_+'&.-]{1,60})|[+-]1|100|1234):(?![A-Za-z0-9])"
    r"|(?<=:):skin-tone-[1-6]:"
)
_DIGITS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
MOST_MARKS, _JOINER = 30, "\u034f"  # a grapheme joiner, which ends a run of them
_KEYCAP = "\u20e3"  # ends emoji such as 1️⃣
# The library compares each character with all joiners before it. So it gets one word at a time, and
# a part of one with more joiners than any real word has.
_FEW_JOINERS = re.compile("(?:[^\\s\u200d]*+\u200d){1,100}+[^\\s\u200d]*+|[^\\s\u200d]++")
# What was in place of a NUL, with the blanks around it. Of many blanks, only the first begins one.
_LEFT_OUT = re.compile(r"(?m)^\0(?:[ \t]*+\0)*[ \t]*|(?<![ \t])[ \t]*+\0(?:[ \t]*\0)*")
_SPOKEN_SIGNS = frozenset("©®™")  # emoji to Unicode, words to a reader
# <@U012|ada>, <#C012|general>, <!here>, <https://example.com|our page>
# https://docs.slack.dev/messaging/formatting-message-text#advanced
_CODE = re.compile(r"<(?:[@#!][^<>|\s]+|((?:https?://|mailto:)[^<>|\s]+))(?:\|[@#]?([^<>\n]+))?>")


class Script(StrEnum):
    """Writing systems whose characters take about equally long to say."""

    ALPHABET = "alphabet"  # Latin, Cyrillic, Greek…
    CHINESE = "chinese"
    JAPANESE = "japanese"
    KOREAN = "korean"
    THAI = "thai"  # Lao, Khmer, Burmese and Tibetan, too: no spaces between words
    CONSONANTS = "consonants"  # Arabic and Hebrew: most vowels are not written
    INDIC = "indic"  # Devanagari and its relatives: vowels are signs of their own
    SYLLABLES = "syllables"  # Amharic, Cherokee and Inuktitut: a sign for each syllable


# Characters per second, spaces and punctuation included. For the alphabet that is about 2.5 English
# words; finished renders calibrate all of them.
SPEEDS = {
    Script.ALPHABET: 15.0,
    Script.CHINESE: 4.5,
    Script.JAPANESE: 7.0,
    Script.KOREAN: 5.5,
    Script.THAI: 12.0,
    Script.CONSONANTS: 11.5,
    Script.INDIC: 12.0,
    Script.SYLLABLES: 8.0,
}
KANJI_PER_SECOND = 4.5  # in Japanese, a kanji is two syllables or so, a kana one
_LETTERS = {
    Script.CHINESE: re.compile(
        "[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    ),
    Script.JAPANESE: re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]"),
    Script.KOREAN: re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7af]"),
    Script.THAI: re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]"),
    Script.CONSONANTS: re.compile("[\u0590-\u07ff\ufb1d-\ufdff\ufe70-\ufeff]"),
    Script.INDIC: re.compile("[\u0900-\u0dff]"),
    Script.SYLLABLES: re.compile("[\u1200-\u167f\u2d80-\u2ddf\ua000-\ua4cf\uab00-\uab2f]"),
}  # fmt: skip
_CJK_MARK = re.compile("[\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")

# Characters that take longer to say than a letter, with the seconds for each.
DIGIT_SECONDS = 0.4  # “2026” is “twenty twenty-six”
THOUSAND_SECONDS = 0.5  # “,000” is “thousand” or “million”
SIGN_SECONDS = 0.5  # “%” is “percent”, “$” is “dollars”, “.” in 1.5 is “point”
PHRASE_SECONDS = 3.0  # “﷽” is four Arabic words
UNIT_SECONDS = 0.7  # “km” is “kilometers”, “M” is “million”
INITIAL_SECONDS = 0.25  # each letter of “API”
PAUSE_SECONDS = 0.5  # between paragraphs, and at an ellipsis; shorter ones are in SPEEDS
_UNIT = r"(?:[kmcµ]?m[²³23]?|[kmµ]?[gls]|[KMGTkm]?[BWbV]|[GMk]?Hz|bn|mph|min|hrs?|h|[kKMBT]|°?[CF])"
# Currencies, letterlike and mathematical signs, arrows, shapes, dingbats; no lines, such as ───.
_SIGN_BLOCKS = "\u20a0-\u23ff\u25a0-\u27ff\u2900-\u2bff\U0001f000-\U0001faff"
_SPELLED_OUT = (
    (re.compile(rf"(?<=\d)\s?{_UNIT}(?:/{_UNIT})?(?![\w'’])"), UNIT_SECONDS),  # noqa: RUF001
    (re.compile(r"(?<=\d)[,.'’\u00a0\u202f]000(?!\d)"), THOUSAND_SECONDS),  # noqa: RUF001
    (re.compile(r"(?<=\d)[.,:/](?=\d)"), SIGN_SECONDS / 2),
    (re.compile(r"\d"), DIGIT_SECONDS),
    (re.compile("[\ufd40-\ufd4f\ufdcf\ufdfd-\ufdff]"), PHRASE_SECONDS),
    (re.compile(f"[%$£¥°&@+=#§©®¢¬±×÷‰{_SIGN_BLOCKS}]"), SIGN_SECONDS),  # noqa: RUF001
    (re.compile(r"\.{3}|…|\n\s*\n"), PAUSE_SECONDS),
)
# HeyGen takes pauses of any length from SSML, such as <break time="1.5s"/>.
_BREAK = re.compile(r"(?i)<\s*break\b([^<>]*)>")
_BREAK_TIME = re.compile(r"(?i)(?<![\d.])(\d++(?:\.\d*+)?|\.\d++)\s*+(m?)s\b")
LONGEST_BREAK_SECONDS = 24 * 3600.0
BREAK_SECONDS = 1.0  # of a break that doesn't say how long
_INITIALS = re.compile(r"(?<![A-Za-z])[A-Z]{2,4}(?![A-Za-z])")


@lru_cache(64)
def spoken(script: str) -> str:
    """What is sent to Segmind: the script without emoji, written as names or as characters, and
    with the words of Slack's codes in their place.

    A script without them is returned as it is.
    """
    if script.isascii() and ":" not in script and "<" not in script:
        return script
    from emoji import replace_emoji

    without = _CODE.sub(lambda code: code[2] or code[1] or "\0", script)
    without = _NAME.sub(lambda name: _DIGITS.get(name[1], "\0"), without)
    without = _FEW_JOINERS.sub(
        lambda part: replace_emoji(part[0], lambda emoji, _: _said(emoji)), without
    )
    if "\0" not in without:
        return without
    without = _LEFT_OUT.sub("", without)
    return without.strip()


def _said(emoji: str) -> str:
    is_spoken = emoji[0] in _SPOKEN_SIGNS or (emoji[0].isdecimal() and _KEYCAP in emoji)
    return emoji[0] if is_spoken else "\0"


def script_of(text: str) -> Script:
    """The writing system that takes most of the time to say."""
    seconds = _letter_seconds(text)
    return max(seconds, key=lambda script: seconds[script])


def break_seconds(script: str) -> float:
    """How long the pauses are that the script asks for, as it is sent to Segmind."""
    return sum(_longest(attributes) for attributes in _BREAK.findall(spoken(script)))


def _longest(attributes: str) -> float:
    times = [float(n) / (1000 if m else 1) for n, m in _BREAK_TIME.findall(attributes)]
    return min(max(times, default=BREAK_SECONDS), LONGEST_BREAK_SECONDS)


@lru_cache(64)  # a form asks for it several times
def speech_seconds(script: str) -> float:
    """How long a typical voice takes to say it, without `break_seconds`."""
    said = _BREAK.sub(" ", spoken(script))
    if not said.isascii():
        said = unicodedata.normalize("NFC", "".join(map(_in_words, _in_short_runs(said))))
    text, seconds = said.strip(), 0.0
    for pattern, each in _SPELLED_OUT:
        text, count = pattern.subn(" " if each == PAUSE_SECONDS else "", text)
        seconds += count * each
    if re.search("[a-z]", text):  # a text in capitals is not made of initials
        initials = _INITIALS.findall(text)
        seconds += sum(map(len, initials)) * INITIAL_SECONDS
        text = _INITIALS.sub("", text)
    return seconds + sum(_letter_seconds(text).values())


def _in_short_runs(text: str) -> str:
    """Marks that combine are sorted, which takes the square of their number. No letter has so many.

    https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format
    """
    parts, run = list[str](), 0
    for sign in text:
        run = run + 1 if unicodedata.category(sign)[0] == "M" else 0
        parts.append(f"{_JOINER}{sign}" if run and run % MOST_MARKS == 0 else sign)
    return "".join(parts)


@lru_cache(10_000)
def _in_words(character: str) -> str:
    """One that stands for a number, a unit or several words, such as Ⅷ, ㎞ or ﷺ, written out."""
    if character in _SPOKEN_SIGNS:
        return character
    written_out = unicodedata.normalize("NFKC", character)
    is_sign = unicodedata.category(character) in ("No", "Nl", "So")
    return written_out if is_sign or len(written_out) > 2 else character


def _letter_seconds(text: str) -> dict[Script, float]:
    if text.isascii():  # most is, and each key that is pressed in a form asks for it
        return {Script.ALPHABET: len(text) / SPEEDS[Script.ALPHABET]}
    counts = {script: len(letters.findall(text)) for script, letters in _LETTERS.items()}
    marks, blanks = len(_CJK_MARK.findall(text)), text.count(" ")
    alphabet = len(text) - sum(counts.values()) - marks
    if alphabet < sum(counts.values()):  # the spaces belong to a script that has them in its speed
        alphabet -= blanks
    counts[Script.ALPHABET] = max(0, alphabet)
    seconds = {script: count / SPEEDS[script] for script, count in counts.items()}
    if counts[Script.JAPANESE]:  # then the ideographs are kanji
        seconds[Script.JAPANESE] += counts[Script.CHINESE] / KANJI_PER_SECOND
        seconds[Script.CHINESE] = 0.0
    main = max(seconds, key=lambda script: seconds[script])
    seconds[main] += marks / SPEEDS[main]  # a mark is a pause as long as a letter
    return seconds
