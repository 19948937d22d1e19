"""The HTTP port, for Slack and for probes."""

from bot.process.http.refused_requests import RefusedRequests
from bot.process.http.server import HttpServer

__all__ = ["HttpServer", "RefusedRequests"]
