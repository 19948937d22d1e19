"""The workspace in a browser.

The page draws the same JSON that Slack would get, and acts through the same methods as the tests.
So Slack's own rules (3 s to acknowledge, trigger ids, what a modal keeps) apply in it, too.
"""

from bot.demo.page.server import PageServer

__all__ = ["PageServer"]
