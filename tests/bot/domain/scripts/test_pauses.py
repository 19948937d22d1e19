"""A pause whose length can't be read for sure is refused, however it is written."""

from dataclasses import replace

import pytest

from bot.domain.parameters import SCRIPT_LIMIT, Parameters, problems
from bot.domain.scripts.pauses import ODD_PAUSE
from bot.domain.scripts.speech import break_seconds
from tests.support.deadlines import filled, within

PLAIN = '<break time="1s"/>'
LONG = 'time="3000s"'


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ('<break time="1.5s"/>', 1.5),
        ('<break time="1.5s" />', 1.5),
        ("<BREAK  time = '500ms' />", 0.5),
        ('<br😀eak time="60s"/>', 60.0),
        ('<break time="00000060s"/>', 60.0),
        (f"{PLAIN}{PLAIN}", 2.0),
        ("<breakfast at 10s>", 0.0),
        ("sales < break-even", 0.0),
        ("Take a break at 3 < 5 & have a <b>tea break</b>", 0.0),
    ],
)
def test_plain_pauses_and_other_words_are_accepted(tag: str, seconds: float) -> None:
    assert problems(Parameters(prompt=f"Hello {tag} team.")) == {}
    assert break_seconds(f"Hello {tag} team.") == seconds


@pytest.mark.parametrize(
    "tag",
    [
        f'<break x=">" {LONG}/>',
        '<break time="&#51;000s"/>',
        f"&lt;break {LONG}/&gt;",
        f"&ltbreak {LONG}/>",
        f"&amp;#x3C;break {LONG}/&amp;gt;",
        f"<bre&#97;k {LONG}/>",
        f"<break {LONG}",
        f"<break {LONG}>",
        f"<break {LONG}></break>",
        f"<break {PLAIN} {LONG}/>",
        f"<{PLAIN}break {LONG}/>",
        f"<bre{PLAIN}ak {LONG}/>",
        f"<break<break {LONG}/>/>",
        f"< break {LONG}/>",
        f"<\nBreak\n{LONG}/>",
        f"<breaktime {LONG}/>",
        f"<break/{LONG}/>",
        f"<ssml:break {LONG}/>",
        f"＜ｂｒｅａｋ {LONG}／＞",  # noqa: RUF001
        f"<\u200bbr\u00ad\u034feak {LONG}/>",
        f"<bre😀a👋k {LONG} x/>",
        f"<brea\u212a {LONG}/>",
        '<break strength="x-strong"/>',
        "<break/>",
        '<break time="1s" time="3000s"/>',
        '<break time="1s" strength="strong"/>',
        '<break time="3e3s"/>',
        '<break time="1s 3000s"/>',
        '<break time="1,500s"/>',
        '<break time="50min"/>',
        '<break time="٣٠٠٠s"/>',  # noqa: RUF001
        f'<break time="{"9" * 400}s"/>',
        "<break time=3000s/>",
        "<break time=“3000s”/>",
        """<break time="3000s'/>""",
    ],
)
def test_what_may_be_longer_than_it_looks_is_refused(tag: str) -> None:
    for script in (f"Hello {tag} team.", tag, f"{PLAIN}{tag}", f"Hi{tag}{PLAIN}"):
        assert problems(Parameters(prompt=script)) == {"prompt": ODD_PAUSE}


@pytest.mark.parametrize(
    "pattern",
    [
        "<", "< ", "</", "&lt;", "&", "&amp;", "&#60;", "<break", "<break ", "<b:", "<a", "<a:b:",
        "&amp;lt;br", "<break time=", PLAIN, PLAIN[:-1], "\u0301", "\u0f73", "ﷺ", "1", "x", "😀",
        "<break time='1.", "<-", "<break\t",
    ],
)  # fmt: skip
def test_no_script_takes_long_to_check(pattern: str) -> None:
    with within(0.5):
        for script in (filled(pattern, SCRIPT_LIMIT), f"<{filled(pattern, SCRIPT_LIMIT - 1)}"):
            problems(replace(Parameters(), prompt=script))
            problems(replace(Parameters(), prompt=f"{PLAIN}{script[: -len(PLAIN)]}"))
