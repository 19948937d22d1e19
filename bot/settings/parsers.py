"""How the text of a setting becomes its value, and what is said when it does not.

A parser takes the text and returns the value, or raises ValueError with what is wrong and how to
mend it, to be read behind the setting's name. It never repeats the text, which may be a secret.
"""

import math
import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Parser = Callable[[str], Any]

QUOTES = "\"'“”\u2018\u2019"
# https://docs.slack.dev/authentication/tokens
SLACK_TOKENS = {
    "xoxb-": "a bot token (it belongs in SLACK_BOT_TOKEN)",
    "xapp-": "an app-level token (it belongs in SLACK_APP_TOKEN)",
    "xoxp-": "a user token, which this bot never needs",
    "xoxe": "a rotating token: switch token rotation off in the app's settings",
}


def bare(raw: str) -> str:
    """`raw`, if it was pasted without anything around it."""
    if raw != raw.strip():
        raise ValueError("has spaces around it: take them away")
    if raw[0] in QUOTES or raw[-1] in QUOTES:
        raise ValueError("has quotes around it: take them away")
    return raw


def token(prefix: str, where: str) -> Parser:
    """A Slack token that starts with `prefix` and is found at `where` in the app's settings."""

    def parse(raw: str) -> str:
        if raw.startswith(prefix):
            return _whole(raw)
        start = next((start for start in SLACK_TOKENS if raw.startswith(start)), "")
        kind = f"is {SLACK_TOKENS[start]}; the one for here" if start else "is no such token: it"
        raise ValueError(f"{kind} starts with {prefix} and stands under {where}")

    return parse


def secret(raw: str) -> str:
    if raw.startswith(tuple(SLACK_TOKENS)):
        raise ValueError("is one of Slack's tokens: the right one is described in .env.example")
    return _whole(raw)


def _whole(raw: str) -> str:
    """What goes into a header of HTTP: a shortened display has "…" in it."""
    if not re.fullmatch(r"[!-~]+", raw):
        raise ValueError("has a character in it that no key has: copy it anew, whole")
    return raw


def number(kind: type[int] | type[float], least: float = 0, most: float = math.inf) -> Parser:
    """A number above 0; with `least`, from there up; at the most `most`."""
    lower = f"from {least:g} up" if least else "above 0"
    what = f"{'a whole number' if kind is int else 'a number'} {lower}"
    what += f" and at most {most:g}" if most < math.inf else ""

    def parse(raw: str) -> float:
        try:
            value = kind(raw)
        except ValueError:
            value = kind(0)
        if not (math.isfinite(value) and value > 0 and least <= value <= most):
            raise ValueError(f"must be {what}")
        return value

    return parse


def choice(*values: str) -> Parser:
    def parse(raw: str) -> str:
        found = next((value for value in values if value.lower() == raw.lower()), None)
        if found is None:
            raise ValueError(f"must be one of {', '.join(values)}")
        return found

    return parse


def switch(raw: str) -> bool:
    if raw.lower() not in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
        raise ValueError("must be true or false")
    return raw.lower() in {"true", "yes", "on", "1"}


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url(raw: str) -> str:
    """An https address without a trailing slash; http is let through for this machine only."""
    try:
        parts = urlsplit(raw)
        _ = parts.port  # read only to have it checked
    except ValueError:
        raise ValueError("is no valid address") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("must be a full address that starts with https://")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must start with https://, because secrets are sent there")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a bare address, without ?, # or a user name")
    return raw.rstrip("/")


def slack_url(raw: str) -> str:
    parsed = url(raw)
    if not raw.endswith("/api/"):  # slack_sdk puts a method's name right behind it
        raise ValueError("must end in /api/ with the slash, such as https://slack.com/api/")
    return parsed + "/"


def segmind_url(raw: str) -> str:
    if re.search(r"/v\d+/?$", raw):
        raise ValueError("must not end in a version: leave off /v1 or /v2 and set SEGMIND_API")
    return url(raw)


def postgres_url(raw: str) -> str:
    """An address as libpq takes it; `postgres://`, as Heroku writes it, is the same.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """
    try:
        parts = urlsplit(raw)
        _ = parts.port, parts.hostname  # read only to have them checked
    except ValueError:
        raise ValueError("is no valid address") from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("must be an address that starts with postgresql://")
    if not parts.path.strip("/"):
        raise ValueError("must end in the name of the database: postgresql://…/name")
    return f"postgresql{raw.removeprefix(parts.scheme)}"


def password(address: str) -> tuple[str, ...]:
    """The password in an address, as it stands there and as it is meant."""
    found = urlsplit(address).password
    return (found, unquote(found)) if found else ()


def user_ids(raw: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(part for part in re.split(r"[,\s]+", raw) if part))
    if not all(re.fullmatch(r"[UW][A-Z0-9]{2,}", part) for part in ids):
        raise ValueError(
            "must be member ids such as U012AB3CD, with commas between them, not names: "
            "in Slack open the profile, ⋮, Copy member ID"
        )
    return ids


def folder(raw: str) -> Path:
    return Path(raw).expanduser()
