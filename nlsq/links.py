"""Links to the search page of a Sourcegraph instance."""

import os

from nlsq.errors import UserError

DEFAULT_ENDPOINT = "https://sourcegraph.com"
_FIX = f"write it as {DEFAULT_ENDPOINT}"


def endpoint(configured: str | None = None) -> str:
    """The instance that links lead to: ``$SRC_ENDPOINT``, else ``configured``, else sourcegraph.com.

    Raises ``UserError`` on what is no address of one.
    """
    given = os.environ.get("SRC_ENDPOINT")
    if given:
        return checked(given, "SRC_ENDPOINT")
    return checked(configured, "the configured endpoint") if configured else DEFAULT_ENDPOINT


def checked(address: str, where: str) -> str:
    """``address`` without a slash at its end; a ``UserError`` that names ``where`` when it is no instance's address."""
    from urllib.parse import urlsplit

    text = address.strip()
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:  # a port or an IPv6 address that is none
        whole = False
    if whole and (parts.username is not None or parts.password is not None):
        # Not shown: it would be in every link, too.
        raise UserError(f"{where} has a user name or a password in it", _FIX)
    if not whole or parts.query or parts.fragment or not text.isascii() or len(text.split()) != 1:
        raise UserError(f"{where} is no address of a Sourcegraph instance: {address!r}", _FIX)
    return text.rstrip("/")


def link(instance: str, query: str) -> str:
    """The address of the search page with ``query`` in its box; ``instance`` as ``endpoint`` returns it."""
    from urllib.parse import quote

    return f"{instance}/search?q={quote(query, safe='', errors='replace')}&patternType=keyword"
