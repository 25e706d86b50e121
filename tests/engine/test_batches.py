"""An epoch's batches: every picture at most once, augmented as the recipe says and no further."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from locality.engine.batches import Batches
from locality.engine.recipe import Recipe

PLAIN = {"shift": 0, "batch_size": 8}
IDENTITY = torch.tensor([[1.0], [0.0]]).view(2, 1, 1, 1)
DRAW = np.random.default_rng(0)


def pictures(count: int, *shape: int) -> Tensor:
    return torch.from_numpy(DRAW.integers(0, 256, (count, *shape), dtype=np.uint8))


def batches(images: Tensor, scale: Tensor = IDENTITY, **settings: Any) -> Batches:
    """Labels are the pictures' places in the set, so that a batch tells which pictures it holds."""
    return Batches(images, torch.arange(len(images)), Recipe(**{**PLAIN, **settings}), scale)


def epoch(made: Batches, number: int = 0) -> tuple[Tensor, Tensor]:
    parts = list(made.epoch(number))
    return torch.cat([x for x, _ in parts]), torch.cat([y for _, y in parts])


def test_with_everything_off_an_epoch_shows_each_picture_at_most_once_as_it_is() -> None:
    images = pictures(21, 3, 5, 7)
    made = batches(images)
    x, drawn = epoch(made)
    assert len(made) == 2
    assert len(x) == 16 == len(set(drawn.tolist()))
    assert torch.equal(x, images[drawn].float())


def test_an_epoch_shows_every_picture_where_batches_divide_the_set() -> None:
    _, drawn = epoch(batches(pictures(24, 1, 4, 4)))
    assert sorted(drawn.tolist()) == list(range(24))


def test_which_pictures_are_left_over_changes_from_epoch_to_epoch() -> None:
    made = batches(pictures(11, 1, 4, 4))
    seen = {i for number in range(20) for i in epoch(made, number)[1].tolist()}
    assert seen == set(range(11))


def test_epochs_differ_and_the_same_seed_and_epoch_are_bit_equal() -> None:
    images = pictures(64, 2, 6, 6)
    settings = {"shift": 2, "flip": True, "rotation": 10.0, "crop": 0.8, "erase": 2, "seed": 5}
    made = batches(images, **settings)
    first, second = epoch(made, 0), epoch(made, 1)
    again = epoch(batches(images, **settings), 0)
    other = epoch(batches(images, **{**settings, "seed": 6}), 0)
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[1], second[1])
    assert not torch.equal(first[1], other[1])


def test_batches_have_one_size_and_a_small_set_is_one_batch() -> None:
    assert [len(y) for _, y in batches(pictures(30, 1, 4, 4), batch_size=7).epoch(0)] == [7, 7, 7, 7]
    assert [len(y) for _, y in batches(pictures(5, 1, 4, 4), batch_size=7).epoch(0)] == [5]


def test_batches_are_channels_last() -> None:
    for settings in ({}, {"flip": True}, {"rotation": 5.0}, {"erase": 1}):
        x, _ = next(batches(pictures(9, 3, 5, 7), **settings).epoch(0))
        assert x.is_contiguous(memory_format=torch.channels_last), settings


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_values_are_brightness_less_mean_over_deviation(dtype: torch.dtype) -> None:
    images = pictures(16, 3, 5, 7)
    mean, std = (torch.tensor(row, dtype=torch.float64).view(3, 1, 1) for row in ([0.1, 0.4, 0.5], [0.2, 0.3, 0.25]))
    scale = torch.stack([1 / (255 * std), -mean / std]).to(dtype)
    x, drawn = epoch(batches(images, scale))
    wanted = (images[drawn].double() / 255 - mean) / std
    assert x.dtype == dtype
    assert (x.double() - wanted).abs().max() < (1e-6 if dtype == torch.float32 else 1e-14)


@pytest.mark.parametrize("shape", [(8, 8), (5, 7), (9, 4)])
def test_a_shift_moves_by_whole_pixels_with_mirrored_edges_and_every_move_is_as_likely(shape: tuple[int, int]) -> None:
    shift, count = 2, 1000
    images = pictures(count, 1, *shape)
    x, drawn = epoch(batches(images, shift=shift, batch_size=100))
    padded = np.pad(images[:, 0].numpy(), [(0, 0), (shift, shift), (shift, shift)], mode="reflect")
    height, width = shape
    moves = {}
    for got, i in zip(x[:, 0].numpy(), drawn.tolist(), strict=True):
        found = [
            (down, right)
            for down in range(2 * shift + 1)
            for right in range(2 * shift + 1)
            if (padded[i, down : down + height, right : right + width] == got).all()
        ]
        assert len(found) == 1
        moves[found[0]] = moves.get(found[0], 0) + 1
    counts = np.array([moves.get((i, j), 0) for i in range(5) for j in range(5)])
    assert counts.min() > 0
    assert ((counts - 40) ** 2 / 40).sum() < 52  # chi squared with 24 degrees: 1 in 1000


def test_a_shift_moves_all_channels_alike() -> None:
    images = pictures(64, 1, 6, 6).expand(-1, 3, -1, -1)
    x, _ = epoch(batches(images, shift=2))
    assert torch.equal(x[:, 0], x[:, 1])
    assert torch.equal(x[:, 0], x[:, 2])


def test_a_shift_is_no_larger_than_a_mirror_can_fill() -> None:
    images = pictures(200, 1, 3, 9)
    x, drawn = epoch(batches(images, shift=20, batch_size=200))
    padded = np.pad(images[:, 0].numpy(), [(0, 0), (2, 2), (2, 2)], mode="reflect")
    for got, i in zip(x[:, 0].numpy(), drawn.tolist(), strict=True):
        assert any((padded[i, a : a + 3, b : b + 9] == got).all() for a in range(5) for b in range(5))
    one = pictures(8, 1, 1, 1)
    x, drawn = epoch(batches(one, shift=3))
    assert torch.equal(x, one[drawn].float())


def test_half_of_the_pictures_are_flipped_left_and_right() -> None:
    images = pictures(1000, 2, 4, 5)
    x, drawn = epoch(batches(images, flip=True, batch_size=100))
    as_they_are = images[drawn].float()
    same = (x == as_they_are).flatten(1).all(1)
    flipped = (x == as_they_are.flip(-1)).flatten(1).all(1)
    assert (same ^ flipped).all()
    assert 421 < int(flipped.sum()) < 579  # 5 sigma


@pytest.mark.parametrize("shape", [(6, 6), (8, 5), (4, 9)])
def test_a_turn_by_a_right_angle_is_numpys(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    images = pictures(8, 2, *shape)
    made = batches(images, rotation=90.0)
    monkeypatch.setattr(made, "_drawn", lambda draw, steps: torch.ones(steps, made.size))  # angle +90, side 1
    x, drawn = epoch(made)
    for got, i in zip(x.numpy(), drawn.tolist(), strict=True):
        for channel in range(2):
            picture = images[i, channel].double().numpy()
            wanted = rot90_inside(picture)
            inside = ~np.isnan(wanted)
            assert inside.any()
            assert np.abs(got[channel] - wanted)[inside].max() < 1e-3


def rot90_inside(picture: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The picture turned by numpy about its centre, on its own frame; nan where the turned picture does not reach.

    Where one side is even and the other odd, the turned cells lie half a cell off: the mean of the two beside.
    """
    height, width = picture.shape
    turned = np.rot90(picture)
    result = np.full(picture.shape, np.nan)
    for i in range(height):
        for j in range(width):
            a, b = i + (width - height) / 2, j + (height - width) / 2
            around = [(p, q) for p in {int(np.floor(a)), int(np.ceil(a))} for q in {int(np.floor(b)), int(np.ceil(b))}]
            if all(0 <= p < width and 0 <= q < height for p, q in around):
                result[i, j] = np.mean([turned[p, q] for p, q in around])
    return result


def test_turns_reach_both_ways_as_far_as_asked_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    made = batches(pictures(4000, 1, 4, 4), rotation=30.0, batch_size=4000)
    turns = made._turns(np.random.default_rng(1), 1)
    assert turns is not None
    angles = torch.rad2deg(torch.atan2(turns[0, :, 1, 0], turns[0, :, 0, 0]))
    assert angles.abs().max() <= 30.001
    assert angles.min() < -29
    assert angles.max() > 29
    assert abs(float(angles.mean())) < 5 * 30 / np.sqrt(3 * 4000)
    assert turns[0, :, :, 2].abs().max() == 0


def test_a_crop_of_one_half_zooms_by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ramp that is zoomed by two about a place is a ramp of half the slope."""
    rows, columns = torch.meshgrid(torch.arange(8), torch.arange(12), indexing="ij")
    ramp = (10 * rows + columns).to(torch.uint8).expand(64, 1, -1, -1)
    made = batches(ramp, crop=0.5, batch_size=64)
    drawn = made._drawn
    calls = iter([None, torch.ones(1, 64)])  # of the four draws the second is the side: 1 - 0.5 * 1

    def first_two(draw: Any, steps: int) -> Tensor:
        given = next(calls, None)
        return drawn(draw, steps) if given is None else given

    monkeypatch.setattr(made, "_drawn", first_two)
    x, _ = epoch(made)
    inside = x[:, 0, 1:-1, 1:-1].double()
    assert (inside.diff(dim=1) - 5).abs().max() < 1e-4
    assert (inside.diff(dim=2) - 0.5).abs().max() < 1e-4
    middles = inside.mean((1, 2))
    assert middles.std() > 5  # cut out at different places


def test_a_crop_stays_inside_the_picture() -> None:
    made = batches(pictures(4000, 1, 4, 4), crop=0.3, batch_size=4000)
    turns = made._turns(np.random.default_rng(1), 1)
    assert turns is not None
    side = turns[0, :, 0, 0]
    assert 0.3 <= side.min() < 0.31
    assert 0.99 < side.max() <= 1
    assert ((turns[0, :, :, 2].abs().amax(1) + side) <= 1 + 1e-6).all()


@pytest.mark.parametrize(("shape", "erase"), [((6, 9), 3), ((7, 7), 1), ((4, 9), 6)])
def test_erasing_blanks_exactly_one_square_and_it_can_lie_anywhere_inside(shape: tuple[int, int], erase: int) -> None:
    images = torch.full((800, 2, *shape), 200, dtype=torch.uint8)
    x, _ = epoch(batches(images, erase=erase, batch_size=100))
    corners = set()
    for picture in x:
        assert torch.equal(picture[0], picture[1])
        blank = picture[0] == 0
        assert (picture[0][~blank] == 200).all()
        rows, columns = (blank.any(axis).nonzero().flatten().tolist() for axis in (1, 0))
        assert rows == list(range(rows[0], rows[0] + min(erase, shape[0])))
        assert columns == list(range(columns[0], columns[0] + min(erase, shape[1])))
        assert int(blank.sum()) == len(rows) * len(columns)
        corners.add((rows[0], columns[0]))
    height, width = (max(n - erase + 1, 1) for n in shape)
    assert corners == {(i, j) for i in range(height) for j in range(width)}


def test_what_is_erased_becomes_the_mean_brightness() -> None:
    scale = torch.tensor([1 / (255 * 0.25), -0.5 / 0.25]).view(2, 1, 1, 1)
    x, _ = epoch(batches(torch.full((8, 1, 4, 4), 255, dtype=torch.uint8), scale, erase=2))
    assert sorted(set(x.flatten().tolist())) == [0.0, pytest.approx(2.0)]


def test_the_set_itself_is_never_changed() -> None:
    images = pictures(32, 1, 6, 6)
    before = images.clone()
    epoch(batches(images, shift=1, flip=True, rotation=20.0, crop=0.5, erase=2))
    epoch(batches(images))
    assert torch.equal(images, before)
