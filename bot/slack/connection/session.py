"""The HTTP session for Slack's Web API, which reads only so much of an answer."""

import json
from collections.abc import Sequence

import aiohttp

from bot.domain.text import SURROGATE_IN_JSON, without_surrogates

# While JSON is decoded, nothing else runs.
MAX_ANSWER_BYTES = 2 * 1024 * 1024
# Of a page of a conversation: 200 messages of up to 40,000 characters each.
MAX_PAGE_BYTES = 32 * 1024 * 1024
PAGES = ("/conversations.history", "/conversations.replies")


class _Answer(aiohttp.ClientResponse):
    async def read(self) -> bytes:
        """The decompressed body, without surrogates. The SDK has no limit of its own."""
        if self._body is None:
            most = MAX_PAGE_BYTES if self.url.path.endswith(PAGES) else MAX_ANSWER_BYTES
            body = bytearray()
            async for chunk in self.content.iter_any():
                body += chunk
                if len(body) > most:
                    self.close()
                    raise aiohttp.ClientPayloadError("the answer is too long")
            self._body = _without_surrogates(bytes(body))
        return await super().read()


def _without_surrogates(body: bytes) -> bytes:
    if not SURROGATE_IN_JSON.search(body):  # the half of an emoji, or one without the other
        return body
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):  # it isn't JSON
        return body
    cleaned = without_surrogates(text)
    return body if cleaned == text else cleaned.encode()


def slack_session(traces: Sequence[aiohttp.TraceConfig] = ()) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        trace_configs=[*traces], response_class=_Answer, cookie_jar=aiohttp.DummyCookieJar()
    )
