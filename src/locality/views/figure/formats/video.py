"""A figure as MP4: one video frame for each step, made by ffmpeg, which imageio-ffmpeg brings."""

import subprocess
import tempfile
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image as Pillow

from locality.errors import DataError
from locality.views.figure.formats.raster import frames

if TYPE_CHECKING:
    from locality.views.figure.figure import Figure

# What every browser plays: H.264, halved colours, the index in front. The colours are said to be those of HD video.
_FORMAT = ["-c:v", "libx264", "-preset", "fast", "-crf", "16", "-tune", "animation", "-movflags", "+faststart"]
_HALVED = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p"
_HD = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"


def write_mp4(figure: "Figure", path: Path, scale: float | None = None) -> None:
    """Write a video of 1 / `seconds` frames a second, its sides padded to even numbers; a figure without a background
    stands on white. Raises `DataError` where ffmpeg is not installed or gives up."""
    pictures = (_even(picture, figure.background or "#ffffff") for picture in frames(figure, scale or 2.0))
    first = next(pictures)
    rate = 1 / Fraction(figure.seconds).limit_denominator(1000)
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{first.width}x{first.height}", "-r", str(rate), "-i", "-"]
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1"]
    filters = ["-vf", f"{_HALVED},{_HD}"]
    program = _ffmpeg()
    command = [program, "-loglevel", "error", "-y", *raw, *filters, *_FORMAT, *exact, f"file:{path.absolute()}"]
    with tempfile.TemporaryFile() as said:
        try:
            running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said)
        except OSError as error:
            raise _no_ffmpeg(f"{program} does not start: {error.strerror}") from None
        with running:
            assert running.stdin is not None
            try:
                for picture in chain([first], pictures):
                    running.stdin.write(picture.tobytes())
                running.stdin.close()
            except BrokenPipeError:
                pass  # ffmpeg has given up, and has said why
            except BaseException:
                running.kill()
                raise
        if running.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines() or [f"exit code {running.returncode}"]
            raise DataError(
                f"{figure.title}: ffmpeg made no video of {first.width}x{first.height} pixels ({lines[-1]}). "
                "Use a smaller scale, or save it as .gif."
            )


def _ffmpeg() -> str:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except ImportError:
        raise _no_ffmpeg("imageio-ffmpeg is not installed") from None
    except RuntimeError:
        raise _no_ffmpeg("imageio-ffmpeg has no program for this machine") from None


def _no_ffmpeg(why: str) -> DataError:
    return DataError(f"ffmpeg: {why}. Run pip install --force-reinstall imageio-ffmpeg, or save the figure as .gif.")


def _even(picture: Pillow.Image, background: str) -> Pillow.Image:
    """The picture on its background, its sides even: halved colours need whole pairs of pixels."""
    even = Pillow.new("RGB", (picture.width + picture.width % 2, picture.height + picture.height % 2), background)
    even.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    return even
