"""How a script is spoken: without its emoji, and for how long. Pure."""

import re
from enum import StrEnum

# Emoji are rarely meant to be spoken, and a voice would read “:wave:” as the word. Names count
# where Slack would draw them: not within a word, such as 12:100:5.
_NAME = re.compile(r"(?<![A-Za-z0-9]):([a-z0-9_+'&.-]{1,60}):(?![A-Za-z0-9])")
_NAMES = re.compile(rf"(?:{_NAME.pattern}|(?<=:):skin-tone-[1-6]:)")
# Slack's own names, which the library doesn't have: flags, and people by gender and number.
_SLACK_NAME = re.compile(
    r"skin-tone-[1-6]|flag-[a-z]{2,7}|simple_smile|(?:wo)?man-[a-z_-]+|(?:fe)?male-[a-z_-]+"
)
_SPOKEN_SIGNS = frozenset("©®™")  # emoji to Unicode, words to a reader


class Script(StrEnum):
    """Writing systems whose characters take about equally long to say."""

    ALPHABET = "alphabet"  # Latin, Cyrillic, Greek…
    CHINESE = "chinese"
    JAPANESE = "japanese"
    KOREAN = "korean"
    THAI = "thai"  # Lao, Khmer and Burmese, too: no spaces between words
    CONSONANTS = "consonants"  # Arabic and Hebrew: most vowels are not written
    INDIC = "indic"  # Devanagari and its relatives: vowels are signs of their own


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
}
KANJI_PER_SECOND = 4.5  # in Japanese, a kanji is two syllables or so, a kana one
_LETTERS = {
    Script.CHINESE: re.compile(
        "[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    ),
    Script.JAPANESE: re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]"),
    Script.KOREAN: re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7af]"),
    Script.THAI: re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"),
    Script.CONSONANTS: re.compile("[\u0590-\u07ff\ufb1d-\ufdff\ufe70-\ufeff]"),
    Script.INDIC: re.compile("[\u0900-\u0dff]"),
}  # fmt: skip
_CJK_MARK = re.compile("[\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")

# Characters that take longer to say than a letter, with the seconds for each.
DIGIT_SECONDS = 0.4  # “2026” is “twenty twenty-six”
THOUSAND_SECONDS = 0.5  # “,000” is “thousand” or “million”
SIGN_SECONDS = 0.5  # “%” is “percent”, “$” is “dollars”, “.” in 1.5 is “point”
UNIT_SECONDS = 0.7  # “km” is “kilometers”, “M” is “million”
INITIAL_SECONDS = 0.25  # each letter of “API”
PAUSE_SECONDS = 0.5  # between paragraphs, and at an ellipsis; shorter ones are in SPEEDS
_UNIT = r"(?:[kmcµ]?m[²³23]?|[kmµ]?[gls]|[KMGTkm]?[BWbV]|[GMk]?Hz|bn|mph|min|hrs?|h|[kKMBT]|°?[CF])"
_SPELLED_OUT = (
    (re.compile(rf"(?<=\d)\s?{_UNIT}(?:/{_UNIT})?(?![\w'’])"), UNIT_SECONDS),  # noqa: RUF001
    (re.compile(r"(?<=\d)[,.'’\u00a0\u202f]000(?!\d)"), THOUSAND_SECONDS),  # noqa: RUF001
    (re.compile(r"(?<=\d)[.,:/](?=\d)"), SIGN_SECONDS / 2),
    (re.compile(r"\d"), DIGIT_SECONDS),
    (re.compile(r"[%$€£¥₩₹°&@+=#§©®™]"), SIGN_SECONDS),
    (re.compile(r"\.{3}|…|\n\s*\n"), PAUSE_SECONDS),
)
# HeyGen takes pauses of any length from SSML, such as <break time="1.5s"/>.
_BREAK = re.compile(r"(?i)<\s*break\b([^<>]*)>")
_BREAK_TIME = re.compile(r"(?i)(?<![\d.])(\d++(?:\.\d*+)?|\.\d++)\s*+(m?)s\b")
LONGEST_BREAK_SECONDS = 24 * 3600.0
BREAK_SECONDS = 1.0  # of a break that doesn't say how long
_INITIALS = re.compile(r"(?<![A-Za-z])[A-Z]{2,4}(?![A-Za-z])")


def spoken(script: str) -> str:
    """What is sent to Segmind: the script without emoji, written as names or as characters.

    A script without emoji is returned as it is.
    """
    if script.isascii() and ":" not in script:
        return script
    from emoji import replace_emoji

    without = _NAMES.sub(lambda m: "\0" if m[1] is None or _is_emoji(m[1]) else m[0], script)
    without = replace_emoji(without, lambda char, _: char if char[0] in _SPOKEN_SIGNS else "\0")
    if "\0" not in without:
        return script
    without = re.sub(r"(?m)^\0+[ \t]*|[ \t]*\0(?:[ \t]*\0)*", "", without)
    return without.strip()


def _is_emoji(name: str) -> bool:
    from emoji import emojize

    if _SLACK_NAME.fullmatch(name):
        return True
    coded = f":{name.replace('-', '_')}:"
    return any(emojize(c, language="alias") != c for c in (f":{name}:", coded))


def script_of(text: str) -> Script:
    """The writing system that takes most of the time to say."""
    seconds = _letter_seconds(text)
    return max(seconds, key=lambda script: seconds[script])


def break_seconds(script: str) -> float:
    """How long the pauses are that the script asks for."""
    return sum(_longest(attributes) for attributes in _BREAK.findall(script))


def _longest(attributes: str) -> float:
    times = [float(n) / (1000 if m else 1) for n, m in _BREAK_TIME.findall(attributes)]
    return min(max(times, default=BREAK_SECONDS), LONGEST_BREAK_SECONDS)


def speech_seconds(script: str) -> float:
    """How long a typical voice takes to say it, without `break_seconds`."""
    text, seconds = _BREAK.sub(" ", spoken(script)).strip(), 0.0
    for pattern, each in _SPELLED_OUT:
        text, count = pattern.subn(" " if each == PAUSE_SECONDS else "", text)
        seconds += count * each
    if re.search("[a-z]", text):  # a text in capitals is not made of initials
        initials = _INITIALS.findall(text)
        seconds += sum(map(len, initials)) * INITIAL_SECONDS
        text = _INITIALS.sub("", text)
    return seconds + sum(_letter_seconds(text).values())


def _letter_seconds(text: str) -> dict[Script, float]:
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
