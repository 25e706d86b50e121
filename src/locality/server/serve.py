"""The lab on its address, until Ctrl-C."""

import errno
import secrets
import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import uvicorn

from locality.errors import RunError
from locality.network.network import Network
from locality.server.app import lab
from locality.server.guard import Door, is_loopback


def serve(
    runs: Path,
    first: "str | Path | Network | None" = None,
    host: str = "127.0.0.1",
    port: int = 8765,
    browse: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the lab until it is interrupted; `say` gets the sentences for the person who started it. A `port` of 0
    takes any free one; beyond this machine a token is asked for. Raises `RunError` where the address cannot be had,
    and `KeyboardInterrupt` at the end, once all is closed."""
    listening = _listen(host, port)
    address, port = listening.getsockname()[:2]
    token = None if is_loopback(address) else secrets.token_urlsafe(24)
    door = Door(host, port, token)

    def opened() -> None:
        say(f"The lab is open at {door.address} (Ctrl-C ends it).")
        if token:
            say("Whoever has this address can use the lab; on the way there, others can read along.")
        if browse:
            Thread(target=webbrowser.open, args=(door.address,), daemon=True).start()

    config = uvicorn.Config(
        lab(door, runs, first),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    _Server(config, opened).run(sockets=[listening])


class _Server(uvicorn.Server):
    """uvicorn's, which says when it is ready."""

    def __init__(self, config: uvicorn.Config, opened: Callable[[], None]) -> None:
        super().__init__(config)
        self.opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.opened()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.create_server(address[:2], family=family)
        # asyncio sends small answers at once only through sockets that say they are TCP's; others wait 40 ms.
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listening.detach())
    except (socket.gaierror, UnicodeError):
        raise RunError(f"lab: {host!r} is no address of this machine. Use 127.0.0.1.") from None
    except PermissionError:
        raise RunError(f"lab: port {port} is for the system's own services. Use one above 1023, or --port 0.") from None
    except OSError as error:
        if error.errno in _TAKEN:
            raise RunError(
                f"lab: port {port} of {host} is taken, perhaps by another lab. Use another with --port, or --port 0 "
                f"for any free one."
            ) from None
        said = (error.strerror or str(error)).partition(" (")[0]
        raise RunError(f"lab: it cannot listen on {host} ({said}). Use 127.0.0.1.") from None


_TAKEN = {errno.EADDRINUSE, 10048}  # the second is what Windows says
