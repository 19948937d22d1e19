"""Parsers of the settings' texts.

A parser returns the value, or raises ValueError with the problem and how to fix it, to be read
after the setting's name. It never repeats the text, which may be a secret.
"""

import re
from collections.abc import Callable
from datetime import UTC, tzinfo
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

Parser = Callable[[str], Any]

# What is calculated with a number must not overflow.
LEAST, MOST = 1e-6, 1_000_000_000

QUOTES = "\"'“”\u2018\u2019"
# https://docs.slack.dev/authentication/tokens
SLACK_TOKENS = {
    "xoxb-": "a bot token (it belongs in SLACK_BOT_TOKEN)",
    "xapp-": "an app-level token (it belongs in SLACK_APP_TOKEN)",
    "xoxp-": "a user token, which this bot never needs",
    "xoxe": "a rotating token: turn off token rotation in the app's settings",
}


def bare(raw: str) -> str:
    """`raw`, if nothing was pasted around it."""
    if raw != raw.strip():
        raise ValueError("has spaces around it: remove them")
    if raw[0] in QUOTES or raw[-1] in QUOTES:
        raise ValueError("has quotes around it: remove them")
    return raw


def token(prefix: str, where: str) -> Parser:
    """A Slack token that starts with `prefix`; `where` says where the app's settings show it."""

    def parse(raw: str) -> str:
        if raw.startswith(prefix):
            return _whole(raw)
        start = next((start for start in SLACK_TOKENS if raw.startswith(start)), "")
        kind = SLACK_TOKENS[start] if start else "not the right token"
        raise ValueError(f"is {kind}. The right one starts with {prefix} and is under {where}")

    return parse


def secret(raw: str) -> str:
    if raw.startswith(tuple(SLACK_TOKENS)):
        raise ValueError("is one of Slack's tokens. See .env.example for the right one")
    return _whole(raw)


def _whole(raw: str) -> str:
    """A value for an HTTP header. A key copied from a shortened display has a "…" in it."""
    if not re.fullmatch(r"[!-~]+", raw):
        raise ValueError("contains a character that no key has: copy the whole key again")
    return raw


def number(kind: type[int] | type[float], least: float = 0, most: int = MOST) -> Parser:
    """A number above 0, or not below `least`; and at most `most`."""
    lower = f"of at least {least:g}" if least else "above 0"
    what = f"{'a whole number' if kind is int else 'a number'} {lower}"
    what += f" and at most {most}"

    def parse(raw: str) -> float:
        try:
            value = kind(raw)
        except ValueError:
            value = kind(0)
        if not max(least, LEAST) <= value <= most:
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


def boolean(raw: str) -> bool:
    if raw.lower() not in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
        raise ValueError("must be true or false")
    return raw.lower() in {"true", "yes", "on", "1"}


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def ip_address_or_localhost(raw: str) -> str:
    """IPv6 may be in brackets, as in a URL."""
    if raw.startswith("[") and raw.endswith("]"):
        raw = raw[1:-1]
    if raw != "localhost":
        try:
            ip_address(raw)
        except ValueError:
            raise ValueError(
                "must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all"
            ) from None
    return raw


def url(raw: str) -> str:
    """An https address, without its trailing slash; http is only allowed for this machine."""
    try:
        parts = urlsplit(raw)
        _ = parts.port  # reading it checks it
    except ValueError:
        raise ValueError("is not a valid address") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("must be a full address that starts with https://")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must start with https://, because the bot sends secrets there")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a bare address, without ?, # or a user name")
    return raw.rstrip("/")


def slack_url(raw: str) -> str:
    parsed = url(raw)
    if not raw.endswith("/api/"):  # slack_sdk appends the method's name
        raise ValueError("must end in /api/, including the slash, like https://slack.com/api/")
    return parsed + "/"


def segmind_url(raw: str) -> str:
    if re.search(r"/v\d+/?$", raw):
        raise ValueError("must not end in a version: leave off /v1 or /v2 and set SEGMIND_API")
    return url(raw)


def postgres_url(raw: str) -> str:
    """An address for libpq, of one host or several. Heroku writes `postgres://`, the same.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """
    scheme, _, rest = raw.partition("://")
    authority, _, path = rest.partition("/")
    try:
        for host in authority.rpartition("@")[2].split(","):
            _ = urlsplit(f"//{host}").port  # reading it checks it
    except ValueError:
        raise ValueError("is not a valid address") from None
    if scheme not in ("postgresql", "postgres"):
        raise ValueError("must be an address that starts with postgresql://")
    if not path.partition("?")[0].strip("/"):
        raise ValueError("must end in the name of the database: postgresql://…/name")
    return f"postgresql{raw.removeprefix(scheme)}"


def password(address: str) -> tuple[str, ...]:
    """The passwords in an address, both as written and decoded; () if there is none."""
    rest = address.partition("://")[2]
    written = [rest.partition("/")[0].rpartition("@")[0].partition(":")[2]]
    for parameter in rest.partition("?")[2].split("&"):  # libpq takes one from there as well
        name, _, value = parameter.partition("=")
        written += [value] if name in ("password", "sslpassword") else []
    return tuple(text for each in written if each for text in (each, unquote(each)))


def ai_label(raw: str) -> str:
    """EU guidelines on marking such videos ask for the capital letters."""
    if "AI" not in raw or len(raw) > 40:
        raise ValueError("must have “AI” in it, in capitals, and at most 40 characters")
    return raw


def user_ids(raw: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(part for part in re.split(r"[,\s]+", raw) if part))
    if not all(re.fullmatch(r"[UW][A-Z0-9]{2,}", part) for part in ids):
        raise ValueError(
            "must be member IDs like U012AB3CD, separated by commas, not names. In Slack, open a "
            "profile and choose ⋮, Copy member ID"
        )
    return ids


def time_zone(raw: str) -> tzinfo:
    """A name of the IANA database: https://www.iana.org/time-zones"""
    if raw == "UTC":  # without a database, too
        return UTC
    try:
        return ZoneInfo(raw)
    except (ValueError, OSError, KeyError):  # a path, a folder, an unknown name
        why = "must be a time zone's name, such as Europe/Berlin or America/New_York"
        raise ValueError(why) from None


def folder(raw: str) -> Path:
    try:
        return Path(raw).expanduser()
    except RuntimeError:
        raise ValueError("starts with ~, but there is no such home folder: write it out") from None
