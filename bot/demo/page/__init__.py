"""A workspace in the browser: what stands in the stand-in, and a person's moves in it.

The page draws the same JSON that Slack would get, and acts through the same moves as the tests do,
so Slack's own rules (3 s to acknowledge, trigger ids, what a modal keeps) hold in it too.

    server.py    Page: the addresses, and who waits at each
    door.py      loopback only: the token of the link, the headers of every answer
    stream.py    what changes, told to every open page as it happens (server-sent events)
    shown.py     what a person sees, as JSON
    moves.py     what a person does: type, choose, press, submit…
    wire.py      the calls on the wire, numbered, for the inspector
    switches.py  bad days by hand; the bot killed and started; the clock
    captions.py  SRT as WebVTT, which is what browsers play
    static/      the page itself: HTML, CSS and JavaScript modules, as they are
"""

from bot.demo.page.server import PageServer

__all__ = ["PageServer"]
