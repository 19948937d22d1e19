"""Whose certificates are trusted: one answer for all clients."""

import ssl
import sys
from functools import cache
from typing import TypeVar

import truststore

from bot.errors import BotError
from bot.network.way_out import WayOut

CODE = "certificate"  # of an error that is about one
ADVICE = (
    "The server's certificate isn't trusted. An admin needs to add the certificate authority to "
    "the system's store, or set SSL_CERT_FILE, and restart the bot."
)
E = TypeVar("E", bound=BotError)


def tls_context(way_out: WayOut) -> ssl.SSLContext:
    """One for the whole process, since loading the certificates takes 50 ms. Raises OSError."""
    return _tls_context(way_out.ca_files, way_out.ca_folders)


@cache
def _tls_context(ca_files: tuple[str, ...], ca_folders: tuple[str, ...]) -> ssl.SSLContext:
    context = _trusting(ca_files, ca_folders)
    # With DHE, which no browser offers anymore, a server may choose a number of 10,000 bits. To
    # calculate with it takes 2 s for each connection, in which nothing else runs.
    wanted = [one["name"] for one in context.get_ciphers() if one.get("kea") != "kx-dhe"]
    context.set_ciphers(":".join(wanted))
    return context


def _trusting(ca_files: tuple[str, ...], ca_folders: tuple[str, ...]) -> ssl.SSLContext:
    if ca_files or ca_folders:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for file in ca_files:
            context.load_verify_locations(cafile=file)
        for folder in ca_folders:
            context.load_verify_locations(capath=folder)
        return context
    if sys.platform == "darwin":  # OpenSSL doesn't know the system's store there
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # truststore takes the same certificates here, but loads them again for each connection.
    return ssl.create_default_context()


def network_error(error: BaseException) -> str:
    """A short name of what went wrong: CODE, or the name of the library's error."""
    return CODE if is_about_certificate(error) else type(error).__name__


def explained(error: E, cause: BaseException) -> E:
    """`error`, which also says what an admin has to do if the `cause` is about a certificate."""
    if is_about_certificate(cause):
        error.sentence = f"{error.sentence} {ADVICE}"
        error.for_admin = True
    return error


def is_about_certificate(error: BaseException) -> bool:
    """Whether it, or an error that caused it, says that a certificate isn't trusted."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
