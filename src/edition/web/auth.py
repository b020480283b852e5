"""Who may speak to the server: requests to this machine's own name, with the token."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edition.errors import EditionError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
"""The only addresses to listen at."""
_NAMED = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
FIELD = "token"
"""Of the address that is opened first; afterwards a cookie carries it."""


def check_host(host: str) -> str:
    """Returns an address to listen at if nobody else can reach it.

    Raises:
        EditionError: it is not this machine's own.
    """
    if host not in LOCAL_HOSTS:
        raise EditionError(
            f"edition serves only this machine, not {host!r}.",
            hint="From elsewhere, tunnel: ssh -t -L 8090:127.0.0.1:8090 MACHINE, "
            "and open the printed address here.",
        )
    return host


def url(host: str, port: int, token: str) -> str:
    """The address that a person opens."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/?{FIELD}={token}"


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """Lets requests in or says why not."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    """256 random bits, new with each start."""

    def cookie(self, port: int) -> str:
        """The cookie's name. Cookies know no ports: two servers must not share one."""
        return f"edition-{port}"

    def refused(
        self,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        cookies: Mapping[str, str],
        port: int,
    ) -> str:
        """Why a request is turned away; empty lets it in.

        A page elsewhere can make a browser send requests here, and by re-pointing its own name
        (DNS rebinding) even read the answers: then ``Host`` names the page's machine. ``Origin``
        is the page's own address. Neither can be set by a page's script.

        Args:
            headers: of the request, their names in any case.
            query: of its address.
            cookies: of the request.
            port: at which this server listens.
        """
        host = headers.get("Host", "")
        if not _NAMED.fullmatch(host):
            return "This server answers only to 127.0.0.1 and localhost."
        origin = headers.get("Origin")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return "Another page may not ask here."
        for given in (query.get(FIELD), cookies.get(self.cookie(port))):
            if given is not None and self.knows(given):
                return ""
        return "The token is missing or old. Open the address that edition serve has printed."

    def knows(self, given: str) -> bool:
        """Whether this is the token; takes equally long whatever is given."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())
