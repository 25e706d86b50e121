"""What the tests of attributions share: the subjects, made once."""

import pytest

from engine.attribute.subjects import Subject, subjects


@pytest.fixture(scope="session")
def each() -> dict[str, Subject]:
    return subjects()
