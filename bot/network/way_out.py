"""Which connections go through a proxy. All clients ask here, and none reads the environment.

The rules are the usual ones: https://everything.curl.dev/usingcurl/proxies/env.html
"""

from base64 import b64encode
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class NoProxy:
    """One entry of NO_PROXY. A `host` covers its subdomains; "" is every host. `port` 0 is any."""

    host: str = ""
    network: IPv4Network | IPv6Network | None = None
    port: int = 0

    def covers(self, host: str, address: IPv4Address | IPv6Address | None, port: int) -> bool:
        if self.port not in (0, port):
            return False
        if self.network is not None:
            return address is not None and address in self.network
        return not self.host or host == self.host or host.endswith(f".{self.host}")


@dataclass(frozen=True, slots=True)
class WayOut:
    """How to leave this machine. By default directly, trusting the system's certificates.

    `proxy` is the address that https goes through, with its user name and password; "" is none.
    `ca_files` and `ca_folders` replace the system's store of certificates.
    """

    proxy: str = ""
    no_proxy: tuple[NoProxy, ...] = ()
    ca_files: tuple[str, ...] = ()
    ca_folders: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"WayOut({self.shown!r})"  # the proxy's address may hold a password

    def proxy_for(self, url: str) -> str | None:
        """The proxy that a connection to `url` goes through; None: directly.

        Only https (and wss) goes through one. Plain http stays on this machine: nothing else is
        allowed to use it.
        """
        if not self.proxy or not url.startswith(("https:", "wss:")):
            return None
        parts = urlsplit(url)
        host = (parts.hostname or "").removesuffix(".")
        address = _address(host)
        if _is_this_machine(host, address):
            return None
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        is_direct = any(entry.covers(host, address, port) for entry in self.no_proxy)
        return None if is_direct else self.proxy

    @property
    def shown(self) -> str:
        """The proxy without its password; "directly" if there is none."""
        return without_password(self.proxy) or "directly"

    def shown_for(self, url: str) -> str:
        """How a connection to `url` leaves: "directly", or "through http://…"."""
        proxy = self.proxy_for(url)
        return f"through {without_password(proxy)}" if proxy else "directly"


def without_password(proxy: str) -> str:
    scheme, separator, rest = proxy.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def proxy_headers(proxy: str) -> dict[str, str]:
    """What tells the proxy who we are, if its address has a user name."""
    user, at, _ = proxy.partition("://")[2].rpartition("@")
    if not at:
        return {}
    name, _, password = user.partition(":")
    credentials = f"{unquote(name)}:{unquote(password)}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(credentials).decode()}"}


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_this_machine(host: str, address: IPv4Address | IPv6Address | None) -> bool:
    """A proxy is another machine: for it, these names would mean itself."""
    if address is not None:
        return address.is_loopback
    return host == "localhost" or host.endswith(".localhost")
