"""The page and its modules, as the lab serves them. What can be asked for is listed when the lab begins; no path is
ever made of what someone asks."""

from starlette.responses import Response

from locality.server.answers import Refused
from locality.views.page import WEB, document, web_modules, web_styles

# Beside the stricter one that comes as a header and knows the inline scripts by their sums.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob: mediastream:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'"
)
_KINDS = {".js": "text/javascript", ".css": "text/css"}


class Files:
    """`page` is the document at "/"; `answer` gives what lies under "/web/"."""

    def __init__(self) -> None:
        modules, styles = web_modules(lab=True), web_styles()
        self._known = {path.relative_to(WEB).as_posix(): path for path in [*modules.values(), *styles]}
        names = {path: name for name, path in self._known.items()}
        links = "\n".join(f'<link rel="stylesheet" href="/web/{names[path]}">' for path in styles)
        imports = {name: f"/web/{names[path]}" for name, path in modules.items()}
        self.page = document(imports, title="locality lab", styles=links, policy=_POLICY, kind="lab").encode()

    def answer(self, name: str) -> Response:
        """A module or a style sheet of the page. Raises `Refused` (404) for any other name."""
        path = self._known.get(name)
        if path is None:
            raise Refused(404, f"There is no file {name[:100]!r} in the page. Open / instead.")
        return Response(path.read_bytes(), media_type=_KINDS[path.suffix], headers={"Cache-Control": "no-cache"})
