"""The workspace in a browser.

The page draws the same JSON that Slack would get, and acts through the same methods as the tests.
So Slack's own rules (3 s to acknowledge, trigger ids, what a modal keeps) apply in it, too.

    server.py       PageServer: the URLs
    auth.py         access from this machine only, with the token of the link
    events.py       sends every change to the open pages (server-sent events)
    serializers.py  what a person sees, as JSON
    actions.py      what a person does: type, choose, press, submit…
    calls.py        the calls between bot, Slack and Segmind, numbered, for the inspector
    switches.py     simulated failures, starting and killing the bot, real time
    captions.py     SRT as WebVTT, the format that browsers play
    static/         the page itself: HTML, CSS and JavaScript modules, without a build step
"""

from bot.demo.page.server import PageServer

__all__ = ["PageServer"]
