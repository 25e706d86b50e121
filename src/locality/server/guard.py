"""Who is let in: the right host, the own page, and, beyond this machine, the token."""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from secrets import compare_digest
from socket import gethostname

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locality.server.answers import Refused, refusal

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]\s/@]+)(?::(\d{1,5}))?")
_INLINE = re.compile(rb"<script(?P<said>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)


@dataclass(frozen=True)
class Door:
    """Where the lab is: the host and port it listens on, and the token it asks for, if any."""

    host: str
    port: int
    token: str | None = None

    @property
    def address(self) -> str:
        """What a person opens."""
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        place = f"http://{_bracketed(name)}:{self.port}/"
        return f"{place}?token={self.token}" if self.token else place

    @property
    def cookie(self) -> str:
        """The cookie's name; its port in it, since browsers share cookies between ports."""
        return f"locality-{self.port}"

    def admits(self, host: str) -> bool:
        """Whether this is the Host that a browser names when it was sent here, and not by a stranger's DNS."""
        found = _HOST.fullmatch(host)
        if found is None or int(found[2] or 80) != self.port:
            return False
        name = found[1].lower()
        if name in ("localhost", "127.0.0.1", "[::1]", _bracketed(self.host.lower())):
            return True
        # Listening everywhere, this machine has more addresses than one. No DNS name leads a browser to an address
        # written in digits, and whoever comes needs the token besides.
        return self.host in ("0.0.0.0", "::") and (_is_address(name) or name == gethostname().lower())


class Guard:
    """Stands before the lab: refuses strangers, puts the headers of safety on all answers, and turns what goes wrong
    into a sentence."""

    def __init__(self, app: ASGIApp, door: Door, page: bytes) -> None:
        self.app, self.door = app, door
        self.headers = {
            "Content-Security-Policy": _policy(page),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        began = False

        async def with_headers(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                headers.setdefault("Cache-Control", "no-store")
                if cookie:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        cookie = None
        try:
            cookie = self._check(scope)
            await self.app(scope, receive, with_headers)
        except Exception as error:
            if not began:  # else whoever asked has gone, or has half an answer: nothing can be said any more
                await refusal(error)(scope, receive, with_headers)

    def _check(self, scope: Scope) -> str | None:
        """Raise `Refused` for a stranger; the cookie to set where the token came in the address."""
        headers = Headers(scope=scope)
        hosts, door = headers.getlist("host"), self.door
        if scope["type"] != "http" or len(hosts) != 1 or not door.admits(hosts[0]):
            raise Refused(403, f"This is not the lab's address. Open {door.address.partition('?')[0]} instead.")
        for origin in headers.getlist("origin"):
            if origin.lower() != f"http://{hosts[0].lower()}":
                raise Refused(403, "Another page asked for this. The lab answers its own page only.")
        navigates = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        opens = scope["method"] == "GET" and scope["path"] == "/"
        site = headers.get("sec-fetch-site", "none")
        if site not in ("none", "same-origin") and not (navigates and opens):  # a link to the lab may be followed
            raise Refused(403, "Another page asked for this. The lab answers its own page only.")
        if door.token is None:
            return None
        given = QueryParams(scope["query_string"]).get("token", "")
        if opens and _same(given, door.token):
            return f"{door.cookie}={door.token}; Path=/; HttpOnly; SameSite=Strict"
        if not _same(_cookie(headers.get("cookie", ""), door.cookie), door.token):
            raise Refused(403, "The lab asks for its token. Open the address that `locality lab` printed, as it is.")
        return None


def is_loopback(address: str) -> bool:
    """Whether an IP address is one of this machine to itself."""
    return ip_address(address.partition("%")[0]).is_loopback


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _same(given: str, token: str) -> bool:
    return compare_digest(given.encode(), token.encode())


def _cookie(text: str, name: str) -> str:
    try:
        found = SimpleCookie(text).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _policy(page: bytes) -> str:
    """What the page may load: its own files, and of scripts within it those that were in it when the lab began."""
    inside = [
        f"'sha256-{b64encode(sha256(found['text']).digest()).decode()}'"
        for found in _INLINE.finditer(page)
        if b"src=" not in found["said"] and found["text"].strip()
    ]
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *dict.fromkeys(inside)]),
            "style-src 'self' 'unsafe-inline'",  # elements carry widths and colours in their style
            "img-src 'self' data: blob:",
            "media-src 'self' blob: mediastream:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
