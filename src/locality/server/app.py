"""The lab as a Starlette application: its addresses, and what each does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from locality.errors import LocalityError
from locality.network.network import Network
from locality.server.answers import Refused, answer, array_answer, refusal
from locality.server.bodies import only, read_bytes, read_json
from locality.server.files import Files
from locality.server.guard import Door, Guard
from locality.server.networks import Networks
from locality.server.scenes import Scenes
from locality.server.training import Trainings

P = ParamSpec("P")
T = TypeVar("T")


class Lab:
    """What the lab knows and does. One computation runs at a time, in a thread of its own: ten tabs only wait."""

    def __init__(self, runs: Path, first: "str | Path | Network | None", memory: int) -> None:
        self.files = Files()
        self.networks = Networks(runs, first)
        self.scenes = Scenes(self.networks, memory)
        self.trainings = Trainings(self.networks)
        self._worker = ThreadPoolExecutor(1, "computing")
        self._turn = asyncio.Lock()

    async def computed(self, request: Request, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """The result of a computation, when its turn has come; none is begun for a page that has gone meanwhile."""
        async with self._turn:
            if await request.is_disconnected():
                raise Refused(499, "The page that asked for this has gone.")
            return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: work(*given, **named))

    # --- files

    async def page(self, request: Request) -> Response:
        return Response(self.files.page, media_type="text/html")

    async def web(self, request: Request) -> Response:
        return self.files.answer(request.path_params["name"])

    async def icon(self, request: Request) -> Response:
        return Response(status_code=204)

    # --- networks and scenes

    async def listed(self, request: Request) -> Response:
        return answer(await asyncio.to_thread(self.networks.listed))

    async def scene(self, request: Request) -> Response:
        body = await read_json(request)
        only(body, "net", "picture")
        net, picture = _text(body, "net"), body.get("picture")
        if picture is not None and picture != "mistake" and (isinstance(picture, bool) or not isinstance(picture, int)):
            raise Refused(400, 'picture is no number. Give the number of a test picture, "mistake", or null.')
        return answer(await self.computed(request, self.scenes.open, net, picture))

    async def record(self, request: Request) -> Response:
        scene = self.scenes.known(request.path_params["scene"])
        shape = request.headers.get("x-shape", "")
        kind = request.headers.get("x-dtype", "uint8")
        size = self.scenes.picture_size(scene, shape, kind)  # before a byte of the body is read
        content = await read_bytes(request, size)
        if len(content) != size:
            raise Refused(400, f"The picture has {len(content):,} bytes; {shape} of {kind} has {size:,}. Send all.")
        return answer(await self.computed(request, self.scenes.record, scene, content, kind))

    async def buffer(self, request: Request) -> Response:
        scene = self.scenes.known(request.path_params["scene"])
        number, arrays = request.path_params["number"], scene.arrays
        if not number.isdecimal() or len(number) > 9 or int(number) >= len(arrays):
            raise Refused(404, f"This scene has {len(arrays)} arrays, no number {number[:50]}. Count from 0.")
        return array_answer(arrays[int(number)])

    async def cell(self, request: Request) -> Response:
        scene = self.scenes.known(request.path_params["scene"])
        node, place = request.query_params.get("node", ""), request.query_params.get("cell", "")
        numbers = place.split(",")
        if len(numbers) > 8 or not all(each.isdecimal() and len(each) < 12 for each in numbers):
            raise Refused(400, f"cell {place[:50]!r} is no place. Give channel and place as whole numbers, like 0,3,4.")
        return answer(await self.computed(request, self.scenes.cell, scene, node[:200], tuple(map(int, numbers))))

    async def attribution(self, request: Request) -> Response:
        scene = self.scenes.known(request.path_params["scene"])
        method, target = request.query_params.get("method", ""), request.query_params.get("target", "")
        if not target.isdecimal() or len(target) > 9:
            raise Refused(400, f"target {target[:50]!r} is no output. Give its number, counted from 0.")
        return answer(await self.computed(request, self.scenes.attribution, scene, method[:50], int(target)))

    async def field(self, request: Request) -> Response:
        scene = self.scenes.known(request.path_params["scene"])
        node = request.query_params.get("node", "")
        return answer(await self.computed(request, self.scenes.field, scene, node[:200]))

    # --- training

    async def trainings_listed(self, request: Request) -> Response:
        return answer(await asyncio.to_thread(self.trainings.listed))

    async def train(self, request: Request) -> Response:
        body = await read_json(request)
        net, data = _text(body, "net"), _text(body, "data")
        settings = {name: value for name, value in body.items() if name not in ("net", "data")}
        return answer(await asyncio.to_thread(self.trainings.start, net, data, settings), 201)

    async def training(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdecimal() or len(after) > 9:
            raise Refused(400, f"after {after[:50]!r} is no number of epochs. Give one, counted from 0.")
        return answer(await asyncio.to_thread(self.trainings.status, request.path_params["name"], int(after)))

    async def stop(self, request: Request) -> Response:
        return answer(await asyncio.to_thread(self.trainings.stop, request.path_params["name"]))

    async def resume(self, request: Request) -> Response:
        return answer(await asyncio.to_thread(self.trainings.resume, request.path_params["name"]), 201)

    # --- the whole

    @asynccontextmanager
    async def life(self, app: Starlette) -> AsyncIterator[None]:
        """While the lab is open; at its end all children are stopped."""
        self._worker.submit(self.networks.warm)
        yield
        await asyncio.to_thread(self.trainings.close)
        self._worker.shutdown(wait=True, cancel_futures=True)

    def routes(self) -> list[Route]:
        """Every address of the lab."""

        def get(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
            return Route(path, handler, methods=["GET"])

        def post(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
            return Route(path, handler, methods=["POST"])

        return [
            get("/", self.page),
            get("/favicon.ico", self.icon),
            get("/web/{name:path}", self.web),
            get("/api/networks", self.listed),
            post("/api/scene", self.scene),
            post("/api/scene/{scene}/record", self.record),
            get("/api/scene/{scene}/cell", self.cell),
            get("/api/scene/{scene}/attribution", self.attribution),
            get("/api/scene/{scene}/field", self.field),
            get("/api/buffers/{scene}/{number}", self.buffer),
            get("/api/train", self.trainings_listed),
            post("/api/train", self.train),
            get("/api/train/{name}", self.training),
            post("/api/train/{name}/stop", self.stop),
            post("/api/train/{name}/resume", self.resume),
        ]


def lab(
    door: Door, runs: Path, first: "str | Path | Network | None" = None, memory: int = 1 << 30
) -> Callable[..., Awaitable[None]]:
    """The lab behind its guard, as an ASGI application. `runs` is the folder with the user's runs, `first` what is
    opened at the start, `memory` how many bytes of computed maps are kept."""
    inside = Lab(runs, first, memory)
    app = Starlette(routes=inside.routes(), lifespan=inside.life, exception_handlers=_HANDLERS)
    app.router.redirect_slashes = False
    return Guard(app, door, inside.files.page)


def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    said = {
        404: f"There is nothing at {request.url.path[:200]} in the lab. Open / instead.",
        405: f"{request.method} is not for {request.url.path[:200]}. Use the other of GET and POST.",
    }
    return refusal(Refused(status, said.get(status, f"The lab cannot do this (status {status}). Open / instead.")))


def _refused(request: Request, error: Exception) -> Response:
    return refusal(error)


_HANDLERS: dict[Any, Any] = {HTTPException: _no_route, LocalityError: _refused, Exception: _refused}


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, f"{name} is missing or no text. Give the name of one that /api/networks lists.")
    return value
