"""Which addresses are on the public internet, as far as their text shows. No name is resolved.

Segmind fetches what people name, not the bot. What a name means here may differ from what it means
in Segmind's network, and may change before Segmind looks. So only Segmind can check that.
"""

import ipaddress
import re
from urllib.parse import unquote, urlsplit

NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Python calls parts of these public: protocol assignments (RFC 6890), and Azure's platform address,
# which answers each virtual machine there.
NOT_PUBLIC = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("168.63.129.16/32"))
# A resolver also takes "127.1" and "0x7f000001" for addresses; the last label of a real host name
# starts with a letter.
HOST_NAME = re.compile(r"(?i)([a-z0-9_-]+\.)*[a-z][a-z0-9-]*\.?")
# RFC 6761, RFC 6762 (appendix G), RFC 8375, and ICANN's .internal.
INTERNAL_DOMAINS = (
    *("localhost", "local", "internal", "intranet", "private", "corp", "home", "lan"),
    "home.arpa",
)
# https://docs.slack.dev/reference/objects/file-object
SLACK_DOMAINS = (".slack.com", ".slack-gov.com", ".slack-files.com", ".slack-edge.com")
# Where its users' files are, and the first part of the path there.
FILES_HOST = re.compile(r"files[a-z0-9-]*\.(?:slack|slack-gov)\.com")
FILES_PATH = re.compile(r"/files-[a-z]+/(?!(?:.*/)?\.{1,2}(?:/|$)).+", re.DOTALL)
UNSAFE_CHARACTERS = re.compile(r"[\s\x00-\x1f\x7f\\]")


def is_public_https(url: str) -> bool:
    """Whether this is an https address on the public internet, without user name or password."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        _ = parts.port  # reading it checks it
    except ValueError:
        return False
    if parts.scheme != "https" or "@" in parts.netloc:
        return False
    if UNSAFE_CHARACTERS.search(url) or "\0" in unquote(url):
        return False
    try:
        return is_public_ip(ipaddress.ip_address(host))
    except ValueError:
        return bool(HOST_NAME.fullmatch(host)) and not _is_internal(host)


def is_slacks(url: str) -> bool:
    """Whether it is a file or a page of Slack, which nobody sees without signing in."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return host == "slack-files.com" or f".{host}".endswith(SLACK_DOMAINS)


def is_kept_by_slack(url: str, web_api: str) -> bool:
    """Whether a file's address is where Slack keeps files, so that it may get the bot's token.

    Slack's Web API is not: with the token it would do what the address says. `web_api`: its
    address; a stand-in may keep files on the same host.
    """
    try:
        parts, api = urlsplit(url), urlsplit(web_api).hostname or ""
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("https", "http"):  # such as a file of this machine
        return False
    if FILES_HOST.fullmatch(host):
        is_file = FILES_PATH.fullmatch(unquote(parts.path))
        return bool(is_file) and not UNSAFE_CHARACTERS.search(url)
    return host == api and not is_slacks(web_api)


def is_public_ip(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is on the public internet; of an IPv6 address that holds an IPv4 one, that one."""
    if isinstance(address, ipaddress.IPv6Address):
        if (inner := inner_ipv4(address)) is not None:
            return is_public_ip(inner)
        if address.is_site_local:
            return False
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def inner_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that this one stands for, if it does."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_internal(host: str) -> bool:
    name = host.lower().removesuffix(".")
    return "." not in name or name.endswith(tuple(f".{domain}" for domain in INTERNAL_DOMAINS))
