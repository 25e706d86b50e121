"""`page`: a network, a model, a run or a record as one HTML file that needs nothing else."""

import base64
import json
import os
import re
import tempfile
import webbrowser
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from locality.errors import DataError
from locality.views.scene import Scene, scene_of
from locality.views.whole import write_whole

WEB = Path(__file__).with_name("web")
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data: blob:; "
    "media-src blob: mediastream:; base-uri 'none'; form-action 'none'"
)
# Letters that stand for themselves in a data: URL inside JSON inside a script. Of the others, "%" and "#" have a
# meaning in a URL, quotes and "\\" in JSON, "<" in HTML, and a line's end would be dropped.
_PLAIN = " !$&'()*+,-./:;=?@[]^_`{|}~>"
_HIGH = 900  # pixels that the page takes in a notebook


def page(subject: Any, image: Any = None, *, notes: Iterable[str] = ()) -> "Page":
    """The page of a network, a model, a run or a record: every number in it, for one picture.

    `image` is an array in the network's shape (uint8, or floats on its scale), or a batch, of which the first picture
    is recorded and the others can be chosen. Without one a run shows pictures of its data and its surest mistakes,
    everything else pictures that come with the package. A bare network has initial weights, and its page says so.
    `notes` are sentences shown above the network.

    Raises `DescriptionError` for what has no network or has complex numbers, `ShapeError` and `DataError` for a
    picture that does not fit.

    >>> from locality.network.network import Network
    >>> page(Network.from_text("one: 1x28x28 | conv 6 5x5 | relu | flatten | dense 10")).title
    'one'
    """
    return Page(scene_of(subject, image, compact=True, notes=notes))


@dataclass(frozen=True, eq=False, repr=False)
class Page:
    """A page: `html` is its text. `save` writes it to a file, `open` shows it in the browser, and a notebook shows it
    by itself."""

    scene: Scene

    @property
    def title(self) -> str:
        """The network's name."""
        return str(self.scene.manifest["title"])

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences that stand above the network."""
        return tuple(self.scene.manifest["notes"])

    @cached_property
    def html(self) -> str:
        """The whole page as text: modules, style sheets and arrays inside, nothing fetched from outside."""
        imports = {name: _data_url(name, path) for name, path in web_modules().items()}
        styles = "\n".join(f"<style>\n{path.read_text(encoding='utf-8')}</style>" for path in web_styles())
        data = "\n".join(_scripts(self.scene))
        return document(imports, title=f"{self.title} · locality", styles=styles, data=data)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file, whole or not at all, and give its path back; folders are made on the way. Raises
        `DataError` where that cannot be."""
        path = Path(path)
        if os.path.isdir(path):
            raise DataError(f"{path}: this is a folder. Give the name of a file in it, such as {path / 'page.html'}.")
        if os.path.exists(path) and not os.path.isfile(path):
            raise DataError(f"{path}: this is no ordinary file. Give the name of one, ending in .html.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, lambda arriving: arriving.write_text(self.html, encoding="utf-8", newline="\n"))
        except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
            taken = isinstance(error, FileExistsError | NotADirectoryError)
            why = "a file stands where a folder should be" if taken else getattr(error, "strerror", None) or str(error)
            raise DataError(f"{path}: the page cannot be written ({why}). Give another place.") from None
        return path

    def open(self, path: str | Path | None = None) -> Path:
        """Show the page in the browser, from a file that stays, and give that file's path. `path` is one it was saved
        to; without it, it is saved to a folder for temporary files. Raises `DataError` where no browser starts."""
        if path is None:
            path = self.save(Path(tempfile.mkdtemp(prefix="locality-")) / f"{self.title}.html")
        path = Path(path).absolute()
        if not webbrowser.open(path.as_uri()):
            raise DataError(f"{path}: no browser could be started here. Open this file with one.")
        return path

    def _repr_html_(self) -> str:
        # A document of its own, so that neither the notebook's styles nor the page's reach the other.
        title = escape(f"{self.title}: every number of the network", quote=True)
        return (
            f'<iframe title="{title}" style="width: 100%; height: {_HIGH}px; border: 0" '
            f'allow="camera; clipboard-write" srcdoc="{escape(self.html, quote=True)}"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Page of {self.title}: {len(self.html) / 1e6:.1f} MB>"


def web_modules(lab: bool = False) -> dict[str, Path]:
    """Every module of a saved page, "locality/geometry" and so on, with its file; with `lab` also those that speak to
    the lab's server."""
    paths = {path.relative_to(WEB).with_suffix("").as_posix(): path for path in sorted(WEB.rglob("*.js"))}
    return {f"locality/{name}": path for name, path in paths.items() if lab or name.split("/")[0] != "lab"}


def web_styles() -> list[Path]:
    """The style sheets of the page, in the order in which they count."""
    return sorted(WEB.rglob("*.css"), key=lambda path: (len(path.relative_to(WEB).parts), path.as_posix()))


def document(
    imports: Mapping[str, str],
    *,
    title: str,
    styles: str,
    data: str = "",
    policy: str = POLICY,
    kind: str = "saved",
) -> str:
    """The page's HTML. `imports` says where each module lies, `styles` and `data` are markup that is put in as it is,
    `policy` is the Content-Security-Policy, and `kind` is "saved" for a file and "lab" for the lab."""
    parts = {
        "policy": escape(policy, quote=True),
        "kind": escape(kind, quote=True),
        "title": escape(title),
        "styles": styles,
        "imports": _json_in_html(json.dumps({"imports": dict(imports)}, separators=(",", ":"), ensure_ascii=False)),
        "data": data,
    }
    template = (WEB / "index.html").read_text(encoding="utf-8")
    # In one pass, so that no part can hold another's place.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], template)


def _scripts(scene: Scene) -> Iterator[str]:
    """The scene's manifest and its arrays, each in a script that no browser runs."""
    yield f'<script type="application/json" id="scene">{_json_in_html(scene.to_json())}</script>'
    for number in range(len(scene.arrays)):
        content = base64.b64encode(scene.packed(number)).decode()
        yield f'<script type="text/plain" id="buffer-{number}">{content}</script>'


def _json_in_html(text: str) -> str:
    """JSON that cannot end the script it stands in, nor begin a comment there."""
    return text.replace("<", "\\u003c")


def _data_url(name: str, path: Path) -> str:
    """A module as a URL that holds it. Its last line tells the browser's tools the module's own name."""
    text = path.read_text(encoding="utf-8").rstrip("\n") + f"\n//# sourceURL={name}.js\n"
    return f"data:text/javascript;charset=utf-8,{quote(text, safe=_PLAIN)}"
