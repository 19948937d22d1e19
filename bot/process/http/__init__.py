"""The HTTP port, for Slack and for probes."""

from bot.process.http.counted_warnings import CountedWarnings
from bot.process.http.server import HttpServer

__all__ = ["CountedWarnings", "HttpServer"]
