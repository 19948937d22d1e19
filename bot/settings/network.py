"""The usual variables for proxies and certificates, read for all clients alike.

They have no rows in the table, because they belong to the machine rather than to this bot.
"""

import os
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from bot.errors import ConfigurationError
from bot.network.certificates import tls_context
from bot.network.way_out import DEFAULT_PORTS, NoProxy, WayOut
from bot.settings.parsers import bare

T = TypeVar("T")
VARIABLES = (
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"),  # in lower case, too
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
)
HOST = re.compile(r"(?i)[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
NUMBERS = re.compile(r"[0-9.-]+")
WILDCARD = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,2}(?:\.|(?:\.\*){1,3})")
ENTRY_WITH_PORT = re.compile(r"(\[[^]]+\]|[^:]+):(\d{1,5})")
EXAMPLE = "such as http://proxy.example.com:3128"


def way_out(env: Mapping[str, str]) -> tuple[WayOut, list[ConfigurationError]]:
    """How to leave this machine, and everything wrong with the variables that say so.

    HTTPS_PROXY comes before ALL_PROXY, which isn't read then. HTTP_PROXY is for plain http, which
    never leaves this machine, so it is only checked.
    """
    wrong: list[ConfigurationError] = []

    def read(name: str, parse: Callable[[str], T]) -> T | None:
        """In lower case first, as curl and Python do."""
        spelled = next((each for each in (name.lower(), name) if env.get(each)), name)
        try:
            return parse(bare(env[spelled])) if env.get(spelled) else None
        except ValueError as error:
            wrong.append(ConfigurationError(spelled, f"{error}."))
            return None

    is_set = any(env.get(name) for name in ("https_proxy", "HTTPS_PROXY"))
    address = read("HTTPS_PROXY" if is_set else "ALL_PROXY", proxy)
    read("HTTP_PROXY", proxy)
    no_proxy = read("NO_PROXY", exceptions) or ()
    stores = [read("SSL_CERT_FILE", ca_file), read("REQUESTS_CA_BUNDLE", ca_file_or_folder)]
    stores.append(read("SSL_CERT_DIR", ca_folders))
    found = WayOut(address or "", no_proxy)
    for store in filter(None, stores):
        found = replace(
            found,
            ca_files=found.ca_files + store.ca_files,
            ca_folders=found.ca_folders + store.ca_folders,
        )
    return found, wrong


def proxy(raw: str) -> str:
    """The address of a proxy for http, complete with its port."""
    scheme, separator, rest = raw.partition("://")
    scheme = scheme.lower() if separator else "http"
    if scheme.startswith("socks"):
        raise ValueError(f"is a SOCKS proxy, which the bot can't use: set an HTTP proxy, {EXAMPLE}")
    if scheme not in ("http", "https"):
        raise ValueError(f"must be the address of an HTTP proxy, {EXAMPLE}")
    try:
        parts = urlsplit(f"{scheme}://{rest if separator else raw}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_not_an_address(raw)) from None
    if not host and not parts.path.strip("/"):
        raise ValueError(f"has no host: set the address of an HTTP proxy, {EXAMPLE}")
    if not _is_host(host) or port == 0 or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(_not_an_address(raw))
    if port is None and not separator:
        raise ValueError(f"has no port: write the whole address, {EXAMPLE}")
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{user}{shown}:{port or DEFAULT_PORTS[scheme]}"


def _not_an_address(raw: str) -> str:
    hint = ". In its password, write special characters as %…, like %23 for #" if "@" in raw else ""
    return f"isn't the address of a proxy, {EXAMPLE}{hint}"


def proxy_secrets(proxy: str) -> tuple[str, ...]:
    """The password in a proxy's address, as written and decoded, and as it is sent."""
    user = proxy.partition("://")[2].rpartition("@")[0]
    password = user.partition(":")[2]
    return tuple(dict.fromkeys(text for text in (user, password, unquote(password)) if password))


def exceptions(raw: str) -> tuple[NoProxy, ...]:
    """The entries of NO_PROXY, separated by commas or spaces."""
    entries = enumerate(filter(None, re.split(r"[,\s]+", raw)), start=1)
    return tuple(_exception(entry, number) for number, entry in entries)


def _exception(entry: str, number: int) -> NoProxy:
    # With a port, an IPv6 address has brackets; without one, it may have them.
    with_port = ENTRY_WITH_PORT.fullmatch(entry)
    host, port = with_port.groups() if with_port else (entry, "0")
    host = host.lower().replace("[", "").replace("]", "")
    name = host.removeprefix("*").strip(".")
    try:
        network = ip_network(_without_wildcards(host), strict=False)
    except ValueError:
        network = None
    try:
        name = name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError:
        name = ""
    # A name of digits alone would be a mistyped address, and mean nothing.
    is_name = _is_host(name) and not NUMBERS.fullmatch(name)
    if int(port) > 65535 or not (network or is_name or host == "*"):
        raise ValueError(
            f"has an entry (number {number}) that is neither a host, such as .example.com, nor an "
            "IP address or range, such as 10.0.0.0/8, with or without a port"
        )
    return NoProxy(network=network, port=int(port)) if network else NoProxy(name, port=int(port))


def _without_wildcards(host: str) -> str:
    """10.* and 192.168. as ranges of addresses; anything else as it is."""
    if not WILDCARD.fullmatch(host):
        return host
    given = host.rstrip("*.").split(".")
    return f"{'.'.join(given + ['0'] * (4 - len(given)))}/{8 * len(given)}"


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(HOST.fullmatch(host))
    return True


def ca_file(raw: str) -> WayOut:
    try:
        tls_context(found := WayOut(ca_files=(raw,)))
    except ssl.SSLError:
        raise ValueError("is the path of a file that holds no certificates in PEM format") from None
    except OSError as error:
        raise ValueError(f"is the path of a file that can't be read: {error.strerror}") from None
    return found


def ca_folders(raw: str) -> WayOut:
    folders = tuple(filter(None, raw.split(os.pathsep)))
    if not any(Path(folder).is_dir() for folder in folders):
        raise ValueError("must be the path of a folder with certificates")
    return WayOut(ca_folders=folders)


def ca_file_or_folder(raw: str) -> WayOut:
    return WayOut(ca_folders=(raw,)) if Path(raw).is_dir() else ca_file(raw)
