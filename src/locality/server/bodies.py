"""Reading what a page sends, never more of it than was agreed."""

import json
from typing import Any

from starlette.requests import Request

from locality.server.answers import Refused

_JSON = 256 * 1024  # bytes: the longest line of notation and all settings fit many times


async def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises `Refused` where it is none, or too long."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, f"The body is {kind or 'of no kind'}. Send application/json.")
    try:
        plain = json.loads(await read_bytes(request, _JSON))
    except (ValueError, RecursionError):
        raise Refused(400, "The body is no JSON. Send a JSON object.") from None
    if not isinstance(plain, dict):
        raise Refused(400, "The body is no JSON object. Send one, in braces.")
    return plain


async def read_bytes(request: Request, most: int) -> bytes:
    """The whole body. Raises `Refused` where more than `most` bytes are announced or arrive."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or len(announced) > 18 or int(announced) > most:
        raise _too_long(announced[:18], most)
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise _too_long(f"more than {most:,}", most)
    return bytes(content)


def _too_long(size: str, most: int) -> Refused:
    size = f"{int(size):,}" if size.isdecimal() else size
    return Refused(413, f"The body is too long: {size} bytes, where at most {most:,} are read. Send less.")


def only(plain: dict[str, Any], *names: str) -> None:
    """Raise `Refused` for an entry of a body that has another name than these."""
    for name in plain:
        if name not in names:
            raise Refused(400, f"There is no entry {name[:50]!r} here. Known are: {', '.join(names)}.")
