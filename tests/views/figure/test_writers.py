"""Every file of a figure, read back by a program that nobody here wrote; and every place that is refused."""

import os
import re
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pypdf
import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

import locality as loc
from locality.errors import DataError
from locality.views.figure import figure as figures
from locality.views.figure import font
from locality.views.figure.figure import Figure
from locality.views.figure.formats import gif, pdf, raster, svg, video
from locality.views.figure.shapes import Circle, Image, Line, Moving, Rectangle, Text

CELLS = np.random.default_rng(1).integers(0, 256, (4, 5, 3), np.uint8)
STILL = Figure(
    61,
    41,
    (
        Rectangle(4, 4, 20, 12, "#cfe0f8", "#1a5fc4", 2, 3),
        Text(42, 10, "ab → ½", "#1b1d23", 11),
        Line(((4, 30), (50, 36)), "#b35806", 2),
    ),
    "a title",
    "a description",
)  # fmt: skip
# Five steps; the third and fourth are equal, and so are the last and the first.
DANCE = Figure(
    60,
    40,
    (Rectangle(1, 1, 58, 38, None, "#565c68"),),
    "a dance",
    "A dot goes about.",
    moving=(
        Moving(Circle(10, 20, 6, "#1a5fc4"), 0, 0),
        Moving(Circle(30, 20, 6, "#08746f", "#000000"), 1, 3),
        Moving(Text(50, 20, "x", "#b35806", 12), 2, 3),
        Moving(Circle(10, 20, 6, "#1a5fc4"), 4, 4),
    ),
    steps=5,
    seconds=0.3,
)


def pixels(picture: Pillow.Image, mode: str = "RGB") -> Any:
    return np.asarray(picture.convert(mode)).astype(int)


def png_of(figure: Figure, scale: float = 1, mode: str = "RGB") -> Any:
    return pixels(Pillow.open(BytesIO(raster.png(figure, scale))), mode)


def with_many_colours(figure: Figure) -> Figure:
    """The figure on a picture with thousands of colours: more than a GIF has."""
    noise = np.random.default_rng(2).integers(0, 256, (40, 60, 3), np.uint8)
    return Figure(60, 40, (Image(0, 0, 60, 40, noise),), "", "", moving=figure.moving, steps=figure.steps)


@pytest.mark.parametrize("scale", [1, 1.5, 2, 4])
def test_the_scale_says_how_many_pixels_a_css_pixel_gets(tmp_path: Path, scale: float) -> None:
    with Pillow.open(STILL.save(tmp_path / "a.png", scale)) as picture:
        assert picture.size == (round(61 * scale), round(41 * scale))
        assert picture.info["dpi"] == pytest.approx((96 * scale, 96 * scale), abs=0.02)
    with Pillow.open(DANCE.save(tmp_path / "a.gif", scale)) as picture:
        assert picture.size == (round(60 * scale), round(40 * scale))


def test_a_png_has_two_pixels_where_nobody_says_and_an_animation_stands_still_in_it(tmp_path: Path) -> None:
    assert STILL.save(tmp_path / "a.png").read_bytes() == raster.png(STILL, 2) == STILL._repr_png_()
    still = DANCE.still()
    assert still.width > DANCE.width
    assert DANCE.save(tmp_path / "b.png").read_bytes() == raster.png(still, 2)
    assert DANCE._repr_png_() == raster.png(DANCE.step(-1), 2)
    gap = 10
    columns = round((still.width + gap) / (60 + gap))
    drawn = png_of(still)
    for number in range(5):
        x, y = number % columns * (60 + gap), number // columns * (40 + gap)
        assert (drawn[y : y + 40, x : x + 60] == png_of(DANCE.step(number))).all()


@pytest.mark.parametrize("background", ["#ffffff", "#131419", None])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_gif_has_a_frame_for_each_step_each_as_its_png(tmp_path: Path, background: str | None, scale: int) -> None:
    dance = Figure(60, 40, DANCE.shapes, "", "", background, DANCE.moving, 5, 0.3)
    with Pillow.open(dance.save(tmp_path / "a.gif", scale)) as picture:
        assert picture.info["loop"] == 0  # for ever
        frames = [(frame.info["duration"], pixels(frame, "RGBA")) for frame in ImageSequence.Iterator(picture)]
    assert [duration for duration, _ in frames] == [300] * 5
    for number, (_, frame) in enumerate(frames):
        wanted = png_of(dance.step(number), scale, "RGBA")
        clear = wanted[..., 3] == 0
        assert ((frame[..., 3] == 0) == clear).all()
        opacity = wanted[..., 3:] / 255
        on_white = opacity * wanted[..., :3] + (1 - opacity) * 255
        assert np.abs(frame[..., :3] - on_white)[~clear].max() <= 1


def test_a_gif_with_more_colours_than_it_can_have_stays_near(tmp_path: Path) -> None:
    dance = with_many_colours(DANCE)
    with Pillow.open(dance.save(tmp_path / "a.gif")) as picture:
        frames = [pixels(frame) for frame in ImageSequence.Iterator(picture)]
    assert len(frames) == 5
    for number, frame in enumerate(frames):
        apart = np.abs(frame - png_of(dance.step(number)))
        assert apart.mean() < 16  # 255 colours for a cube of 256^3
        assert apart[20, 10 + 20 * (number in (1, 2, 3))].max() <= 1  # the dot is an area: its colour is kept


@pytest.mark.parametrize(("seconds", "told"), [(1, 1000), (0.25, 250), (0.001, 20)])
def test_a_gif_goes_at_its_speed_and_no_faster_than_browsers_do(tmp_path: Path, seconds: float, told: int) -> None:
    dance = Figure(60, 40, (), "", "", moving=DANCE.moving, steps=5, seconds=seconds)
    with Pillow.open(dance.save(tmp_path / "a.gif")) as picture:
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(picture)] == [told] * 5


@pytest.mark.parametrize("background", ["#ffffff", "#131419", None])
def test_a_video_has_a_frame_for_each_step_in_the_colours_of_the_png(tmp_path: Path, background: str | None) -> None:
    dance = Figure(61, 41, DANCE.shapes, "", "", background, DANCE.moving, 5, 0.5)
    path = dance.save(tmp_path / "a.mp4", 3)  # 183x123 pixels: both odd
    count, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert (count, seconds) == (5, pytest.approx(2.5, abs=0.02))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    read = subprocess.run(command, check=True, capture_output=True)
    assert re.search(rb"h264 .*, yuv420p\(tv, bt709, progressive\), 184x124,", read.stderr)
    frames = np.frombuffer(read.stdout, np.uint8).reshape(-1, 124, 184, 3).astype(int)
    assert len(frames) == 5
    for number, frame in enumerate(frames):
        on_white = Figure(61, 41, dance.step(number).shapes, "", "", background or "#ffffff")
        apart = np.abs(frame[:123, :183] - png_of(on_white, 3))
        assert apart.mean() < 2.5
        assert apart[10:20, 10:20].max() <= 3  # plain ground
        centre = 90 if number in (1, 2, 3) else 30
        assert apart[60, centre].max() <= 6  # the dot


def test_a_pdf_has_a_page_for_each_step_with_text_that_can_be_searched(tmp_path: Path) -> None:
    figure = Figure(60, 40, STILL.shapes, "a title", "so & so", moving=DANCE.moving, steps=5)
    reader = pypdf.PdfReader(figure.save(tmp_path / "a.pdf"))
    assert [page.extract_text().split() for page in reader.pages] == [
        ["ab", "→", "½", *(["x"] if number in (2, 3) else [])] for number in range(5)
    ]
    assert [(page.mediabox.width, page.mediabox.height) for page in reader.pages] == [(45, 30)] * 5
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.subject) == ("a title", "so & so")
    for page in reader.pages:
        assert list(page.images) == []  # vector
        fonts = [one.get_object() for one in page["/Resources"]["/Font"].values()]  # type: ignore[index]
        files = [each.get("/FontDescriptor", {}).get("/FontFile2") for each in fonts]
        assert [bool(file) for file in files] == [True] * len(fonts) != []
        assert all(len(file.get_object().get_data()) < 60_000 for file in files)  # its own letters alone


def test_a_picture_of_cells_stays_sharp_in_a_pdf(tmp_path: Path) -> None:
    figure = Figure(100, 80, (Image(10, 10, 50, 40, CELLS),), "", "")
    (image,) = pypdf.PdfReader(figure.save(tmp_path / "a.pdf")).pages[0].images
    assert image.image is not None
    kept = pixels(image.image)
    times = kept.shape[0] // 4
    assert times >= 64
    assert (kept == CELLS.repeat(times, axis=0).repeat(times, axis=1)).all()


@pytest.mark.parametrize("ending", figures.WRITERS)
def test_the_same_figure_gives_the_same_bytes_and_its_path(tmp_path: Path, ending: str) -> None:
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending.upper()}"
    assert (DANCE.save(one), DANCE.save(str(other))) == (one, other)
    assert one.read_bytes() == other.read_bytes()
    assert sorted(tmp_path.iterdir()) == [one, other]


@pytest.mark.parametrize(
    ("name", "scale", "message"),
    [
        ("a.bmp", None, "{}: no figure is written with this ending. Use .svg, .png, .pdf, .gif, .mp4."),
        ("a", None, "{}: no figure is written with this ending. Use .svg, .png, .pdf, .gif, .mp4."),
        ("no/a.svg", None, "{}: there is no folder {parent}. Make it first, or give another place."),
        ("folder.svg", None, "{0}: this is a folder. Give the name of a file in it, such as {0}/figure.svg."),
        ("a.png", 0, "{}: a scale of 0 makes no picture. Give one above 0 and up to 20."),
        ("a.png", 21, "{}: a scale of 21 makes no picture. Give one above 0 and up to 20."),
        ("a.gif", float("nan"), "{}: a scale of nan makes no picture. Give one above 0 and up to 20."),
        ("b" * 300 + ".svg", None, "{}: the figure cannot be written (File name too long). Give another place."),
    ],
)
def test_a_place_or_scale_that_will_not_do_is_refused(
    tmp_path: Path, name: str, scale: float | None, message: str
) -> None:
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(DataError) as refused:
        STILL.save(path := tmp_path / name, scale)
    assert str(refused.value) == message.format(path, parent=path.parent)
    assert os.listdir(tmp_path) == ["folder.svg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may write everywhere: no folder is read-only.")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match=r"a\.svg: the figure cannot be written \(Permission denied\)\."):
        STILL.save(tmp_path / "a.svg")


@pytest.mark.parametrize("ending", [".png", ".gif", ".mp4"])
def test_a_picture_too_large_for_memory_is_refused(tmp_path: Path, ending: str) -> None:
    with pytest.raises(DataError) as refused:
        Figure(9000, 3000, (), "a wall", "").save(tmp_path / f"a{ending}", 4)
    assert str(refused.value) == "a wall: a picture of 36000x12000 pixels is too large. Use a smaller scale."


@pytest.mark.parametrize("ending", figures.WRITERS)
def test_a_missing_font_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    caches = (font.font_at, font._advance, raster._font, raster._glyph, svg.letters_of)
    for module in (font, raster, svg, pdf):
        monkeypatch.setattr(module, "FILE", tmp_path / "none.ttf")
    try:
        for cache in caches:
            cache.cache_clear()
        with pytest.raises(DataError) as refused:
            STILL.save(tmp_path / f"a{ending}")
    finally:
        for cache in caches:
            cache.cache_clear()
    wanted = f"{tmp_path}/none.ttf: the font of the figures is missing or damaged. Install locality again."
    assert str(refused.value) == wanted
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"]
)
def test_a_writer_that_fails_halfway_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, error: BaseException
) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"old")
    steps = raster.Canvas.step

    def step(canvas: raster.Canvas, number: int) -> raster.Pixels:
        if number == 4:
            raise error
        return steps(canvas, number)

    monkeypatch.setattr(raster.Canvas, "step", step)
    # The colours of a GIF are chosen beforehand, from the last step too: let its first frames be written.
    monkeypatch.setattr(gif, "_sampled", lambda _: [0])
    with pytest.raises((DataError, KeyboardInterrupt)) as refused:
        DANCE.save(path)
    full = f"{path}: the figure cannot be written (No space left on device). Give another place."
    assert str(refused.value) == (full if isinstance(error, OSError) else "")
    assert (os.listdir(tmp_path), path.read_bytes()) == ([path.name], b"old")


def test_an_ffmpeg_that_gives_up_or_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\necho 'Unknown encoder' >&2\nexit 8\n")
    failing.chmod(0o700)
    for program, message in {
        failing: "a dance: ffmpeg made no video of 120x80 pixels (Unknown encoder). "
        "Use a smaller scale, or save it as .gif.",
        tmp_path / "none": f"ffmpeg: {tmp_path}/none does not start: No such file or directory. "
        "Run pip install --force-reinstall imageio-ffmpeg, or save the figure as .gif.",
    }.items():
        monkeypatch.setattr(video, "_ffmpeg", lambda program=program: str(program))
        with pytest.raises(DataError) as refused:
            DANCE.save(path)
        assert str(refused.value) == message
        assert os.listdir(tmp_path) == ["failing"]
    monkeypatch.undo()
    subprocess.run([video._ffmpeg(), "-version"], check=True, capture_output=True)


def test_a_gif_keeps_the_colours_of_its_areas_where_there_are_many() -> None:
    values = np.random.default_rng(3).normal(size=(1, 9, 9))
    figure = loc.figure.convolution("1x9x9 | conv 1 3x3", image=values, weights=np.ones((3, 3)))
    painted = gif._painted(figure)
    assert painted.size > 60
    palette = gif._Palette(np.concatenate([painted, np.arange(3000, dtype=np.uint32) * 5000]), painted)
    kept = {tuple(entry) for entry in palette.entries.tolist()}
    assert {tuple(colour) for colour in gif._parts(painted).tolist()} <= kept


def test_a_large_animation_still_becomes_a_png_and_a_notebook_s_picture(tmp_path: Path) -> None:
    figure = loc.figure.convolution("1x14x14 | conv 1 3x3")
    with Pillow.open(figure.save(tmp_path / "a.png")) as picture:
        assert picture.width * picture.height <= 1.01 * raster.COMFORTABLE
    with Pillow.open(BytesIO(figure._repr_png_())) as picture:
        assert picture.size == (round(2 * figure.width), round(2 * figure.height))
