"""Scripts in three languages, and how long a narrator takes to say them.

The narrator knows nothing of the bot's own rules: it counts syllables, says numbers as words, and
pauses at commas, sentences and paragraphs. The rates are those of people who read aloud:
https://doi.org/10.1353/lan.2011.0057 (Pellegrino et al., table 1)
"""

import random
import re

SYLLABLES_PER_SECOND = {"english": 6.19, "german": 5.97, "chinese": 5.18}  # without pauses
PAUSES = ((r"[,;:，、；：]", 0.2), (r"[.!?。！？]", 0.45), (r"\n\n", 0.5), (r"…", 0.6))  # noqa: RUF001
VOICES = {"Aaron": 1.0, "Allison": 0.9, "Graham": 1.12}  # how fast each speaks

SENTENCES = {
    "english": (
        "Hello team, and welcome to our quarterly update.",
        "Revenue grew by 12% to $4.5 million, which is more than we had planned for.",
        "In 2026 we will open 3 new offices, and hire about 150 people.",
        "Please finish the security training by December 15, it takes 20 minutes.",
        "We shipped the new search, which answers in less than 80 milliseconds.",
        "If you have any questions, just reply in this thread.",
        "Our customers told us one thing again and again: setup has to be easier.",
        "So… what does that mean for you?",
        "Thank you all for the hard work, and see you on Monday!",
        "The parental leave policy now covers 26 weeks for every new parent.",
        "Open the settings, choose notifications, and turn on the weekly summary.",
    ),
    "german": (
        "Hallo zusammen, und willkommen zu unserem Überblick über das Quartal.",
        "Der Umsatz ist um 12% gestiegen, auf 4,5 Millionen Euro.",
        "Im Jahr 2026 eröffnen wir 3 neue Standorte und stellen 150 Menschen ein.",
        "Bitte schließt die Sicherheitsschulung bis zum 15. Dezember ab, sie dauert 20 Minuten.",
        "Die Geschwindigkeitsverbesserungen kommen allen Kundinnen und Kunden zugute.",
        "Wenn ihr Fragen habt, antwortet einfach hier im Thread.",
        "Also… was bedeutet das für euch?",
        "Vielen Dank für eure Arbeit, und bis Montag!",
        "Die Elternzeitregelung gilt jetzt für alle, und zwar 26 Wochen lang.",
    ),
    "chinese": (
        "大家好，欢迎来到我们的季度更新。",  # noqa: RUF001
        "收入增长了12%，达到450万美元，超过了我们的计划。",  # noqa: RUF001
        "2026年我们将开设3个新办公室，并招聘大约150人。",  # noqa: RUF001
        "请在12月15日之前完成安全培训，只需要20分钟。",  # noqa: RUF001
        "如果有任何问题，请直接在这里回复。",  # noqa: RUF001
        "我们的客户一再告诉我们，设置必须更简单。",  # noqa: RUF001
        "感谢大家的辛勤工作，星期一见！",  # noqa: RUF001
    ),
}


def script(language: str, chance: random.Random) -> str:
    """Two to twelve sentences, some in a paragraph of their own."""
    parts = []
    for sentence in chance.choices(SENTENCES[language], k=chance.randint(2, 12)):
        between = "" if language == "chinese" else " "
        parts += [sentence, "\n\n" if chance.random() < 0.2 else between]
    return "".join(parts).strip()


def seconds(text: str, language: str, voice: str, chance: random.Random) -> float:
    """How long it takes, with some variation from one recording to the next."""
    pauses = sum(len(re.findall(mark, text)) * each for mark, each in PAUSES)
    pauses -= len(re.findall(r"\d[.,]\d", text)) * 0.2  # “4.5” has no pause
    spoken = _syllables(text, language) / SYLLABLES_PER_SECOND[language]
    return (spoken / VOICES[voice] + pauses) * chance.lognormvariate(0, 0.04)


def _syllables(text: str, language: str) -> float:
    numbers = re.findall(r"\d+", text)
    signs = 2 * len(re.findall(r"[%$€]", text)) + len(re.findall(r"\d[.,]\d", text))
    said = sum(_number_syllables(int(number), language) for number in numbers) + signs
    if language == "chinese":
        return said + len(re.findall(r"[\u4e00-\u9fff]", text))
    words = re.findall(r"[^\W\d_]+", text.lower())
    return said + sum(_word_syllables(word, language) for word in words)


def _word_syllables(word: str, language: str) -> int:
    count = len(re.findall(r"[aeiouyäöü]+", word))
    if language == "english" and re.search(r"[^aeiouyl]e[ds]?$", word) and count > 1:
        count -= 1  # “more”, “shipped”
    return max(count, 1)


def _number_syllables(number: int, language: str) -> int:
    """Of the number as words: “one hundred fifty”, “zweitausendsechsundzwanzig”, “一百五十”."""
    if language == "chinese":
        digits = str(number).rstrip("0") or "0"
        return 2 * len(str(number)) - 1 - (len(str(number)) - len(digits))
    if number >= 1000:  # a year: in two halves, or with a thousand in between
        between = 2 if language == "german" else 0
        return sum(_number_syllables(n, language) for n in divmod(number, 100)) + between
    if number >= 100:
        return 3 + (_number_syllables(number % 100, language) if number % 100 else 0)
    if number < 13:
        return 2 if number in (7, 11) else 1
    if number < 20:
        return 2
    ones = number % 10
    joint = 1 if language == "german" and ones else 0
    return 2 + joint + (_number_syllables(ones, language) if ones else 0)
