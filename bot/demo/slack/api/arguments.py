"""The arguments of a Web API call: from its query string, form or JSON body.

https://docs.slack.dev/apis/web-api/#methods
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from bot.demo.slack.installation import SlackError

Json = dict[str, Any]
# In a form or a query string, these arguments are JSON strings.
_NESTED = ("blocks", "view", "files", "metadata", "attachments")


async def read(request: web.Request) -> Json:
    arguments: Json = dict(request.query)
    if request.method == "POST" and request.can_read_body:
        if request.content_type == "application/json":
            arguments |= _object(await request.text())
        else:
            arguments |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    for name in _NESTED:
        if isinstance(arguments.get(name), str):
            arguments[name] = _nested(name, arguments[name])
    return arguments


def _object(text: str) -> Json:
    try:
        body = json.loads(text)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


def _nested(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        code = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise SlackError(code) from None


def token_of(request: web.Request, arguments: Json) -> str:
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ").strip()
    return str(arguments.get("token") or "")
