"""The HTTP port, for Slack and for probes."""

from bot.process.http.refusals import Refusals
from bot.process.http.server import HttpServer

__all__ = ["HttpServer", "Refusals"]
