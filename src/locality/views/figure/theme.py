"""The colours of all figures: blue for what goes in, teal for what comes out, as on the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from locality.errors import DescriptionError, unknown


@dataclass(frozen=True)
class Theme:
    """A figure's colours, each "#rrggbb".

    `input` and `output` frame what goes in and what comes out, `window` marks where the kernel lies, `soft` colours
    fill; `scale` runs from the least value over zero, in its middle, to the greatest.
    """

    background: str = "#ffffff"
    ink: str = "#1b1d23"
    muted: str = "#565c68"
    line: str = "#c3c7d0"
    soft: str = "#eeeff2"
    input: str = "#1a5fc4"
    input_soft: str = "#cfe0f8"
    output: str = "#08746f"
    output_soft: str = "#c3e8e4"
    window: str = "#b35806"
    window_soft: str = "#fbdcb4"
    scale: tuple[str, ...] = (
        "#2d004b", "#542788", "#8073ac", "#b2abd2", "#f7f7f7", "#fdb863", "#e08214", "#b35806", "#7f3b08",
    )  # fmt: skip

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            for colour in value if field.name == "scale" else (value,):
                if not isinstance(colour, str) or not re.fullmatch("#[0-9a-fA-F]{6}", colour):
                    raise DescriptionError(
                        f"colour {field.name}: {colour!r} is no colour. Write it as #rrggbb, such as #1a5fc4."
                    )
        if len(self.scale) < 2:
            raise DescriptionError("colour scale: one colour is no scale. Give two or more, the middle one for zero.")

    def shade(self, value: float, most: float) -> str:
        """The colour of a value on the signed scale, whose ends stand for -most and most."""
        at = 0.5 if most <= 0 else min(max(value / most, -1.0), 1.0) / 2 + 0.5
        place = at * (len(self.scale) - 1)
        low = min(int(place), len(self.scale) - 2)
        return mixed(self.scale[low], self.scale[low + 1], place - low)


LIGHT = Theme()
DARK = Theme(
    background="#131419", ink="#eef0f5", muted="#a9afbc", line="#454b59", soft="#252832",
    input="#74abff", input_soft="#1f3a66", output="#45cbc1", output_soft="#15504c",
    window="#ffb05c", window_soft="#6b4415",
    scale=(
        "#e2daff", "#b2a0ff", "#866ce2", "#4e3a8c", "#16171c", "#78420e", "#cc741e", "#ffa654", "#ffdebe",
    ),
)  # fmt: skip
THEMES = {"light": LIGHT, "dark": DARK}


def themed(theme: str | Theme, colours: Mapping[str, str] | None = None) -> Theme:
    """A theme by name, "light" or "dark", or as given, with single colours changed: {"input": "#ff0000"}. Raises
    `UnknownNameError` for a name nobody knows and `DescriptionError` for what is no colour.

    >>> themed("dark", {"input": "#ff0000"}).input
    '#ff0000'
    """
    if isinstance(theme, str):
        if theme not in THEMES:
            raise unknown("theme", theme, THEMES)
        theme = THEMES[theme]
    known = [field.name for field in fields(Theme) if field.name != "scale"]
    if not isinstance(theme, Theme):
        raise DescriptionError(f'theme: {theme!r} is no theme. Give "light", "dark" or a figure.Theme.')
    if not isinstance(colours or {}, Mapping):
        raise DescriptionError('colours: give names with their colours, such as {"input": "#ff0000"}.')
    changed: dict[str, Any] = dict(colours or {})
    for name in changed:
        if name not in known:
            raise unknown("colour", name, known)
    return replace(theme, **changed)


def mixed(one: str, other: str, share: float) -> str:
    """The colour that lies `share` of the way from one to the other.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def ink_on(fill: str) -> str:
    """Black or white, whichever stands out more on a colour (WCAG's relative luminance).

    >>> ink_on("#2d004b"), ink_on("#fdb863")
    ('#ffffff', '#000000')
    """
    parts = [int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"
