"""`Figure`: shapes on a plane, still or in steps; it shows itself in a notebook and saves itself in every format."""

from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from locality.errors import ShapeError
from locality.views.figure.formats.svg import svg
from locality.views.figure.saving import saved
from locality.views.figure.shapes import Moving, Shape, shifted

# What writes each ending: a module of formats/ that loads when it is asked for, and its function.
WRITERS = {
    ".svg": ("svg", "write_svg"),
    ".png": ("raster", "write_png"),
    ".pdf": ("pdf", "write_pdf"),
    ".gif": ("gif", "write_gif"),
    ".mp4": ("video", "write_mp4"),
}


@dataclass(frozen=True, eq=False, repr=False)
class Figure:
    """A drawing: `shapes` in order, and above them the `moving` ones of an animation of `steps` steps.

    `width` and `height` are CSS pixels, `seconds` is how long a step lasts, `title` and `description` are what a
    screen reader says. `background` None leaves the ground transparent.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str
    description: str
    background: str | None = "#ffffff"
    moving: tuple[Moving, ...] = ()
    steps: int = 1
    seconds: float = 1.0

    def step(self, number: int) -> "Figure":
        """One step of an animation as a still figure; negative numbers count from the last. Raises `ShapeError` for a
        step that is not there."""
        if not -self.steps <= number < self.steps:
            raise ShapeError(f"{self.title}: there is no step {number} among {self.steps}. Count from 0.")
        number %= self.steps
        there = (one.shape for one in self.moving if one.first <= number <= one.last)
        return replace(self, shapes=(*self.shapes, *there), moving=(), steps=1)

    def still(self, columns: int | None = None) -> "Figure":
        """All steps of an animation in one still figure, row by row; a still figure is given back as it is.

        >>> from locality.views.figure.shapes import Circle
        >>> dot = Circle(5, 5, 2, "#000000")
        >>> moving = (Moving(dot, 0, 0), Moving(dot, 1, 2))
        >>> Figure(10, 10, (), "dots", "", moving=moving, steps=3).still(columns=2).width
        30.0
        """
        if self.steps == 1:
            return self
        gap = 10.0
        if columns is None:  # about as wide as a slide is
            columns = max(1, round((self.steps * (self.height + gap) / (self.width + gap) * 16 / 10) ** 0.5))
        columns = min(columns, self.steps)
        wide, high = self.width + gap, self.height + gap
        shapes = [
            shifted(shape, n % columns * wide, n // columns * high)
            for n in range(self.steps)
            for shape in self.step(n).shapes
        ]
        rows = -(-self.steps // columns)
        return replace(
            self, width=columns * wide - gap, height=rows * high - gap, shapes=tuple(shapes), moving=(), steps=1
        )

    def save(self, path: str | Path, scale: float | None = None) -> Path:
        """Write the figure, whole or not at all, in the format that the ending names, and give the path back.

        SVG, GIF and MP4 move, PDF has one page for each step, PNG holds all steps side by side. `scale` is how many
        pixels of a PNG, GIF or MP4 a CSS pixel gets: 2, 1 and 2 unless given, fewer for a very large PNG. Raises
        `DataError` for another ending, a folder that is not there, and a place that cannot be written.
        """

        def write(arriving: Path) -> None:
            module, function = WRITERS[arriving.suffix.lower()]
            getattr(import_module(f"{__package__}.formats.{module}"), function)(self, arriving, scale)

        return saved(path, WRITERS, write, scale)

    def _repr_svg_(self) -> str:
        return svg(self)

    def _repr_png_(self) -> bytes:
        from locality.views.figure.formats.raster import png

        return png(self.step(-1), 2.0)

    def __repr__(self) -> str:
        steps = f", {self.steps} steps" if self.steps > 1 else ""
        return f"<Figure of {self.title}: {self.width:.0f}x{self.height:.0f}{steps}>"
