"""`Plot`: a matplotlib figure in the project's look, made without pyplot; it shows and saves itself."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zlib import crc32

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from locality.views.figure.font import FAMILY, FILE, font_at, width_of
from locality.views.figure.formats.svg import FORBIDDEN, letters_of, said
from locality.views.figure.saving import saved
from locality.views.figure.theme import Theme

Array = npt.NDArray[Any]

ENDINGS = (".svg", ".png", ".pdf")
DPI = 96  # one CSS pixel is one pixel of the figure
_SHARP = 2.0  # pixels of a PNG for each of them, where nobody says
SHIPPED = f"{FAMILY} of locality"  # a name of its own: another font of that family may be installed
_KEPT = {
    "font.family": [SHIPPED, "DejaVu Sans"],  # the second comes with matplotlib and has more alphabets
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "locality",  # the same figure gives the same file
    "text.hinting": "none",  # letters stand where the font wants them, not at whole pixels
    "text.usetex": False,
    "text.parse_math": False,  # a class may be called $5
}


class Plot(Figure):  # type: ignore[misc] # its types are not read
    """An ordinary `matplotlib.figure.Figure`. `save` writes it whole or not at all; a notebook shows it by itself.

    `title` is one line and `description` a sentence or two for who cannot see it.
    """

    title: str = ""
    description: str = ""

    def draw(self, renderer: Any) -> None:
        """As matplotlib does, whoever asks for it, in the figure's own font."""
        with matplotlib.rc_context(_KEPT):
            super().draw(renderer)

    def save(self, path: str | Path, scale: float | None = None) -> Path:
        """Write the figure, whole or not at all, as SVG, PNG or PDF by its ending, and give the path back. `scale` is
        how many pixels of a PNG a CSS pixel gets. Raises `DataError` for another ending, a folder that is not there,
        and a place that cannot be written."""

        def write(arriving: Path) -> None:
            kind = arriving.suffix.lower().removeprefix(".")
            arriving.write_bytes(self._repr_svg_().encode() if kind == "svg" else self._bytes(kind, scale or _SHARP))

        return saved(path, ENDINGS, write, scale)

    def _repr_png_(self) -> bytes:
        return self._bytes("png", _SHARP)

    def _repr_svg_(self) -> str:
        """As matplotlib writes it, with the letters it uses inside, and with nothing that reaches beyond it: several
        may stand in one HTML page."""
        file = StringIO()
        self.savefig(file, format="svg", metadata={"Date": None, "Title": self.title})
        text = file.getvalue()
        text = FORBIDDEN.sub("\ufffd", text[text.index("<svg") :])
        mark = f"p{crc32(text.encode()):08x}"
        used = "".join(sorted(set("".join(re.findall(r"<text[^>]*>([^<]*)</text>", text)))))
        style = f"@font-face{{font-family:{mark};src:url(data:font/woff;base64,{letters_of(used)})}}" if used else ""
        text = text.replace(f"font-family: '{SHIPPED}'", f"font-family: {mark}, '{FAMILY}'").replace(
            ">*{", f">.{mark} *{{", 1
        )
        text = text.replace("<svg ", f'<svg class="{mark}" role="img" aria-labelledby="{mark}-title {mark}-desc" ', 1)
        begun, _, rest = text.partition("<title>")
        told = f'<desc id="{mark}-desc">{said(self.description)}</desc><style>{style}</style>'
        return f'{begun}<title id="{mark}-title">{rest.replace("</title>", f"</title>{told}", 1)}'

    def _bytes(self, kind: str, scale: float) -> bytes:
        file = BytesIO()
        note = {"Title": self.title} | ({"CreationDate": None} if kind == "pdf" else {})
        self.savefig(file, format=kind, dpi=DPI * scale, metadata=note)
        return file.getvalue()


@contextmanager
def drawing(theme: Theme) -> Iterator[None]:
    """While it lasts, matplotlib draws in the project's look. Raises `DataError` where its font is missing."""
    font_at(11)
    known = font_manager.fontManager.ttflist
    if all(entry.name != SHIPPED for entry in known):
        known.append(font_manager.FontEntry(fname=str(FILE), name=SHIPPED, weight=400, size="scalable"))
    look = _KEPT | {
        "figure.dpi": DPI,
        "figure.facecolor": theme.background,
        "savefig.facecolor": "auto",
        "axes.facecolor": theme.background,
        "axes.edgecolor": theme.line,
        "axes.labelcolor": theme.muted,
        "axes.linewidth": 0.75,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlecolor": theme.ink,
        "grid.color": theme.line,
        "grid.linewidth": 0.4,
        "text.color": theme.ink,
        "xtick.color": theme.line,
        "ytick.color": theme.line,
        "xtick.labelcolor": theme.muted,
        "ytick.labelcolor": theme.muted,
        "font.size": points(11),
        "axes.labelsize": points(11),
        "axes.titlesize": points(12),
        "xtick.labelsize": points(10),
        "ytick.labelsize": points(10),
        "legend.fontsize": points(11),
        "legend.frameon": False,
        "lines.linewidth": 1.5,
        "image.interpolation": "nearest",
    }
    with matplotlib.rc_context(look):
        yield


def plot(width: float, height: float, title: str, note: str = "") -> Plot:
    """An empty figure of that size in CSS pixels, wider where its title or the note below that needs it."""
    width = max(width, 32 + width_of(title, 13), 32 + width_of(note, 11))
    figure = Plot(figsize=(width / DPI, height / DPI))
    figure.title, figure.description = title, f"{title}. {note}"
    figure.suptitle(title, x=16 / width, y=1 - 12 / height, ha="left", va="top", fontsize=points(13))
    muted = matplotlib.rcParams["axes.labelcolor"]
    figure.text(16 / width, 1 - 34 / height, note, color=muted, va="top", fontsize=points(11))
    return figure


def points(pixels: float) -> float:
    """CSS pixels as points, in which matplotlib counts."""
    return pixels * 72 / DPI


def panel(figure: Plot, left: float, top: float, width: float, height: float) -> Axes:
    """Axes without ticks at a place in CSS pixels, counted from the upper left corner."""
    wide, high = figure.get_size_inches() * DPI
    axes = figure.add_axes((left / wide, 1 - (top + height) / high, width / wide, height / high))
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)
    return axes


def colours(stops: Sequence[str]) -> LinearSegmentedColormap:
    """A colour map through these colours; what has no value stays blank."""
    return LinearSegmentedColormap.from_list("locality", list(stops), N=511)


def signed(values: Sequence[Array], theme: Theme) -> ScalarMappable:
    """The signed scale that holds all these values, zero in its middle."""
    found = [np.abs(array[np.isfinite(array)]).max(initial=0.0) for array in values]
    most = float(max(found, default=0.0)) or 1.0
    return ScalarMappable(Normalize(-most, most), colours(theme.scale))


def legend_bar(figure: Plot, scale: ScalarMappable, axes: Axes, label: str) -> None:
    """The scale as a colour bar in these axes: its two ends, and zero between them."""
    bar = figure.colorbar(scale, cax=axes)
    most = float(scale.norm.vmax or 0)
    bar.set_ticks([-most, 0, most], labels=[number(-most), "0", number(most)])
    bar.set_label(label)
    bar.outline.set_visible(False)


def number(value: float) -> str:
    """A number with three digits and a true minus sign.

    >>> number(-0.25), number(0.00002)
    ('−0.25', '2e−5')
    """
    return f"{value:.3g}".replace("e-0", "e-").replace("-", "−")


def show_picture(axes: Axes, array: Array, theme: Theme, mean: Sequence[float] = (), std: Sequence[float] = ()) -> str:
    """Draw a picture, (channels, *space), and say what of it is shown: as brightness, where bytes or numbers from 0 to
    1 come out, else the first channel on the signed scale. `mean` and `std` bring a network's numbers to brightness.
    Of three axes the middle slice is drawn; one axis is a strip, in it a row for each channel."""
    said, axis = [], array.ndim - 1
    bright = array / 255 if array.dtype == np.uint8 else array.astype(float)
    if mean and array.dtype != np.uint8:
        bright = bright * np.reshape(std, (-1, *[1] * axis)) + np.reshape(mean, (-1, *[1] * axis))
    is_bright = bool(bright.min() >= -1e-3 and bright.max() <= 1.001) and (len(array) in (1, 3) or axis == 1)
    spins = array.dtype != np.uint8 and bool((np.abs(array) == 1).all())  # which may all be up
    is_bright = is_bright and not spins
    values = np.clip(bright, 0, 1) if is_bright else array.astype(float)
    if axis == 3:
        said.append(f"slice {array.shape[1] // 2} of {array.shape[1]}")
        values = values[:, array.shape[1] // 2]
    if is_bright and axis > 1 and len(values) == 3:
        axes.imshow(values.transpose(1, 2, 0))
        return ", ".join(said)
    if axis > 1:
        said += [f"channel 0 of {len(values)}"] if len(values) > 1 else []
        values = values[0]
    look: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 1}
    if not is_bright:
        # Spins lie within the scale's ends, where its two colours are farther apart.
        scale = signed([1.6 * values if spins else values], theme)
        said.append("±1" if spins else f"±{number(float(scale.norm.vmax or 0))}")
        look = {"cmap": scale.cmap, "norm": scale.norm}
    wide = {"extent": (-0.5, values.shape[1] - 0.5, 0.5, -0.5), "aspect": "auto"} if axis == 1 else {}
    axes.imshow(values, **look, **wide)
    return ", ".join(said)
