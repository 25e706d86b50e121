"""Reading one picture from a file or from bytes that nobody has checked; writing one."""

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from locality.data.fit import as_image
from locality.data.replacing import replacing
from locality.errors import DataError, LocalityError

MOST_PIXELS = 64_000_000  # more than any camera in a pocket; as RGB it is 192 MB

_GREY = {"1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"}
_OTHER_COLOURS = {"CMYK", "YCbCr", "LAB", "HSV"}
_DRAWINGS = {"EPS", "WMF"}  # Pillow would run another program to draw these
_SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that swap width and height


class UnreadablePicture(DataError):
    """A picture that cannot be read; `reason` says why in a few words."""

    def __init__(self, where: str, reason: str, advice: str) -> None:
        super().__init__(f"{where}: {reason}. {advice}")
        self.reason = reason


class _Silence:
    """Warnings are silent while a thread is inside, and as they were after the last one: they are the whole process's,
    so threads that each put back what they found would put back the silence of another."""

    def __init__(self) -> None:
        self.lock, self.inside, self.outer = threading.Lock(), 0, ExitStack()

    def __enter__(self) -> None:
        with self.lock:
            if not self.inside:
                self.outer.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
            self.inside += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.inside -= 1
            if not self.inside:
                self.outer.close()


_SILENCE = _Silence()


def read_picture(picture: str | Path | bytes, channels: int | None = None) -> npt.NDArray[np.uint8]:
    """A picture as uint8 (channels, height, width), upright, 0 black and 255 white.

    `picture` is a path or the file's bytes. `channels` is 1 (grey, ITU-R 601) or 3 (red, green, blue); None keeps
    what the file has: 1 when it is stored as grey, else 3. Anything Pillow reads: palettes and CMYK become RGB,
    what is transparent lies over white, 16 bits are scaled to 8 (65535 becomes 255), a photograph is turned as its
    EXIF says, and of an animation the first frame counts.

    A `DataError` for what is missing, cut short or no picture; for more than 64 million pixels, told from the header
    before anything is decoded; for brightness in floats or beyond 16 bits, which has no agreed white; and for EPS and
    WMF, which are programs.

    >>> file = io.BytesIO()
    >>> Image.new("RGBA", (3, 2), (255, 0, 0, 0)).save(file, "png")
    >>> read_picture(file.getvalue()).shape, read_picture(file.getvalue(), channels=1).tolist()
    ((3, 2, 3), [[[255, 255, 255], [255, 255, 255]]])
    """
    if channels not in (None, 1, 3):
        raise DataError(f"read_picture: channels={channels} is not 1, 3 or None. Use 1 for grey, 3 for colour.")
    where = _name(picture)
    with _opened(picture, where) as image:
        channels = channels or _channels(image)
        image.load()
        image = _eight_bits(ImageOps.exif_transpose(image), where)
        array = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return np.ascontiguousarray(array[np.newaxis] if channels == 1 else array.transpose(2, 0, 1))


def write_picture(picture: npt.NDArray[np.uint8], path: Path) -> None:
    """Write a uint8 (1 or 3, H, W) picture to a file, its kind told by the ending; folders are made on the way.

    A `DataError` where it is not a picture, or cannot be written there.
    """
    image = as_image(picture)
    try:
        with replacing(path.parent, [path.name]) as beside:
            image.save(beside / path.name)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{path}: the picture cannot be written ({why}). Give another place, ending in .png.") from None


def picture_shape(picture: str | Path | bytes) -> tuple[int, int, int]:
    """(channels, height, width) that `read_picture` would return, told from the header alone; errors as there."""
    with _opened(picture, _name(picture)) as image:
        width, height = image.size
        if image.getexif().get(0x0112) in _SIDEWAYS:
            width, height = height, width
        return _channels(image), height, width


def conversions(picture: str | Path | bytes, channels: int) -> list[str]:
    """What `read_picture` with so many channels does to the values, in a few words each, told from the header alone;
    errors as there.

    >>> file = io.BytesIO()
    >>> Image.new("LA", (3, 2)).save(file, "png")
    >>> conversions(file.getvalue(), 3)
    ['grey: taken as a colour picture', 'transparency: laid over white']
    """
    with _opened(picture, _name(picture)) as image:
        said = []
        if _channels(image) != channels:
            said.append("coloured: made grey" if channels == 1 else "grey: taken as a colour picture")
        if image.mode in _OTHER_COLOURS:
            said.append(f"{image.mode}: brought to red, green, blue")
        if image.mode.startswith("I"):
            said.append("16 bits: brought to 8")
        if image.has_transparency_data:
            said.append("transparency: laid over white")
        return said


@contextmanager
def _opened(picture: str | Path | bytes, where: str) -> Iterator[Image.Image]:
    """The picture with its header read; whatever goes wrong in the block becomes a `DataError`."""
    with _SILENCE:  # Pillow warns about sizes, which are checked below, and about odd metadata
        try:
            image = Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture)
        except UnidentifiedImageError:
            raise UnreadablePicture(
                where, "not a picture Pillow can read", "Save it as PNG or JPEG, or leave it out."
            ) from None
        except Image.DecompressionBombError:
            raise _too_large(where, "too many") from None
        except FileNotFoundError:
            raise UnreadablePicture(where, "there is no such file", "Check the path.") from None
        except Exception as error:
            raise _damaged(where, error) from None
        with image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_large(where, f"{image.width}x{image.height}")
            if image.format in _DRAWINGS:
                raise UnreadablePicture(where, f"{image.format} is a drawing, not pixels", "Save it as PNG.")
            try:
                yield image
            except LocalityError:
                raise
            except Exception as error:  # a damaged file can raise nearly anything in one of Pillow's fifty readers
                raise _damaged(where, error) from None


def _channels(image: Image.Image) -> int:
    return 1 if image.mode in _GREY else 3


def _eight_bits(image: Image.Image, where: str) -> Image.Image:
    """The same picture with 8 bits per channel and nothing transparent."""
    if image.mode == "F":
        low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]
        reason = f"brightness in floats, {low:g} to {high:g}, has no agreed black and white"
        raise UnreadablePicture(where, reason, "Scale it to 8 or 16 bits first.")
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > 65535:
            reason = f"brightness from {low} to {high} does not fit 16 bits"
            raise UnreadablePicture(where, reason, "Scale it to 8 or 16 bits first.")
        return Image.fromarray(((values + 128) // 257).astype(np.uint8))  # rounded: 65535 = 255 * 257
    if image.has_transparency_data:
        over = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over)
    return image


def _name(picture: str | Path | bytes) -> str:
    if not isinstance(picture, str | Path | bytes):
        raise DataError(f"picture: {type(picture).__name__} is no file. Give its path, or its bytes.")
    return "picture" if isinstance(picture, bytes) else str(picture)


def _too_large(where: str, size: str) -> UnreadablePicture:
    reason = f"{size} pixels, more than the {MOST_PIXELS:,} allowed"
    return UnreadablePicture(where, reason, "Make it smaller first.")


def _damaged(where: str, error: Exception) -> UnreadablePicture:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return UnreadablePicture(where, f"cannot be read: {why}", "Replace the file, or leave it out.")
