"""One picture, of every kind Pillow can make on the spot."""

import contextlib
import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from locality.data import read_picture
from locality.data.picture import picture_shape
from locality.errors import DataError


def saved(image, kind="png", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pixel(data, channels=None):
    return read_picture(data, channels)[:, 0, 0].tolist()


def refused(data, channels=None):
    with pytest.raises(DataError) as error:
        read_picture(data, channels)
    return str(error.value)


def palette(transparent=None):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    return saved(image, transparency=transparent) if transparent is not None else saved(image)


@pytest.mark.parametrize(
    ("data", "first"),
    [
        (saved(Image.new("L", (3, 2), 7)), [7]),
        (saved(Image.new("RGB", (3, 2), (1, 2, 3))), [1, 2, 3]),
        (saved(Image.new("1", (3, 2), 1)), [255]),
        (saved(Image.new("1", (3, 2), 0)), [0]),
        (palette(), [10, 20, 30]),
        (palette(transparent=0), [255, 255, 255]),
        (palette(transparent=b"\x80\xff"), [132, 137, 142]),
        (saved(Image.new("RGBA", (3, 2), (1, 2, 3, 255))), [1, 2, 3]),
        (saved(Image.new("RGBA", (3, 2), (1, 2, 3, 0))), [255, 255, 255]),
        (saved(Image.new("LA", (3, 2), (9, 255))), [9]),
        (saved(Image.new("LA", (3, 2), (9, 0))), [255]),
        (saved(Image.new("L", (3, 2), 7), transparency=7), [255]),
        (saved(Image.new("RGB", (3, 2), (1, 2, 3)), transparency=(1, 2, 3)), [255, 255, 255]),
        (saved(Image.new("CMYK", (3, 2), (0, 0, 0, 255)), "tiff"), [0, 0, 0]),
        (saved(Image.new("CMYK", (3, 2), (0, 0, 0, 0)), "tiff"), [255, 255, 255]),
        (saved(Image.new("I;16", (3, 2), 65535)), [255]),
        (saved(Image.new("I;16", (3, 2), 128)), [0]),
        (saved(Image.new("I;16", (3, 2), 129)), [1]),
        (saved(Image.new("I", (3, 2), 25700), "tiff"), [100]),
        (b"P5 2 1 65535\n" + b"\xff\xff\x64\x64", [255]),
    ],
)
def test_every_kind_of_pixel_becomes_eight_bits(data, first):
    assert pixel(data) == first
    assert read_picture(data).dtype == np.uint8
    assert picture_shape(data) == read_picture(data).shape


def test_black_and_white_in_cmyk_jpeg_stay_so():
    assert max(pixel(saved(Image.new("CMYK", (16, 16), (0, 0, 0, 255)), "jpeg"))) < 4
    assert min(pixel(saved(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "jpeg"))) > 251


def test_colour_becomes_grey_by_itu_r_601_and_grey_becomes_three_equal_channels():
    assert pixel(saved(Image.new("RGB", (3, 2), (255, 0, 0))), channels=1) == [76]
    assert pixel(saved(Image.new("L", (3, 2), 7)), channels=3) == [7, 7, 7]


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photograph_is_turned_as_its_exif_says(turn):
    upright = Image.fromarray(np.kron(np.arange(6).reshape(2, 3) * 40, np.ones((16, 16))).astype(np.uint8))
    undo = [
        None,
        Image.Transpose.FLIP_LEFT_RIGHT,
        Image.Transpose.ROTATE_180,
        Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.TRANSPOSE,
        Image.Transpose.ROTATE_90,  # orientation 6: stored a quarter turn to the left
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_270,
    ][turn - 1]
    exif = Image.Exif()
    exif[0x0112] = turn
    data = saved(upright if undo is None else upright.transpose(undo), exif=exif)
    np.testing.assert_array_equal(read_picture(data)[0], np.asarray(upright))
    assert picture_shape(data) == (1, 32, 48)


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    assert pixel(saved(frames[0], "gif", save_all=True, append_images=frames[1:])) == [255, 0, 0]


def test_a_path_reads_as_its_bytes_do(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(saved(Image.new("RGB", (3, 2), "red")))
    np.testing.assert_array_equal(read_picture(path), read_picture(path.read_bytes()))
    np.testing.assert_array_equal(read_picture(str(path)), read_picture(path.read_bytes()))


def png_header(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("side", "said"), [(8001, "8001x8001"), (10000, "10000x10000"), (60000, "too many")], ids=str)
def test_a_decompression_bomb_is_refused_from_its_header(side, said):
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        message = refused(png_header(side, side))
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.1
    assert message == f"picture: {said} pixels, more than the 64,000,000 allowed. Make it smaller first."


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "tiff", "bmp", "webp"])
def test_a_truncated_picture_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8)
    data = saved(Image.fromarray(noise), kind)
    message = refused(data[: len(data) // 2])
    assert message.startswith("picture: ")
    assert message.endswith((" Replace the file, or leave it out.", " or leave it out."))


def test_a_truncated_png_is_said_to_be_truncated():
    data = saved(Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50), np.uint8)))
    assert refused(data[:1500]) == (
        "picture: cannot be read: image file is truncated. Replace the file, or leave it out."
    )


def test_random_damage_is_refused_or_read_but_never_anything_else():
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (20, 20, 3), np.uint8))
    for kind in ("png", "jpeg", "gif", "tiff", "bmp", "webp"):
        whole = np.frombuffer(saved(noise, kind), np.uint8)
        for _ in range(60):
            data = whole.copy()
            data[rng.integers(0, min(len(data), 300), 4)] = rng.integers(0, 256, 4)
            with contextlib.suppress(DataError):
                assert read_picture(data.tobytes()).dtype == np.uint8


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"hello",
            "picture: not a picture Pillow can read. Save it as PNG or JPEG, or leave it out.",
        ),
        (b"", "picture: not a picture Pillow can read. Save it as PNG or JPEG, or leave it out."),
        (
            saved(Image.new("F", (2, 2), 0.5), "tiff"),
            "picture: brightness in floats, 0.5 to 0.5, has no agreed black and white. Scale it to 8 or 16 bits first.",
        ),
        (
            saved(Image.new("I", (2, 2), 70000), "tiff"),
            "picture: brightness from 70000 to 70000 does not fit 16 bits. Scale it to 8 or 16 bits first.",
        ),
        (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
            "picture: EPS is a drawing, not pixels. Save it as PNG.",
        ),
    ],
)
def test_what_is_no_picture_is_refused(data, message):
    assert refused(data) == message


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    assert refused(tmp_path / "a.png") == f"{tmp_path}/a.png: there is no such file. Check the path."
    assert refused(tmp_path) == (f"{tmp_path}: cannot be read: Is a directory. Replace the file, or leave it out.")


def test_two_channels_are_refused():
    assert refused(b"", 2) == "read_picture: channels=2 is not 1, 3 or None. Use 1 for grey, 3 for colour."
