"""Real digits, few enough for whole studies to take seconds."""

from dataclasses import replace

import pytest

from locality.data import Dataset, Images, dataset


@pytest.fixture(scope="package")
def few() -> Dataset:
    digits = dataset("digits")
    some = (
        Images(each.images[:count], each.labels[:count]) for each, count in ((digits.train, 200), (digits.test, 80))
    )
    return replace(digits, **dict(zip(("train", "test"), some, strict=True)))
