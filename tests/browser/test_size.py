"""What a page weighs."""

import pytest
from subjects import SUBJECTS

from locality.views.page import web_modules

MODULES_KB = 520 + 71  # all modules together, unminified; 71 are 25 configurations of 128x128 spins, a bit each


def test_all_modules_together_are_light():
    assert sum(path.stat().st_size for path in web_modules().values()) < 1000 * MODULES_KB


def test_the_page_of_lenet_is_small(saved):
    assert saved("lenet5").stat().st_size < 1_500_000


@pytest.mark.slow
def test_the_page_of_resnet50_opens_from_any_disk(saved, shown):
    assert saved("resnet50").stat().st_size < 40_000_000
    record, page = SUBJECTS["resnet50"].record, shown("resnet50")
    kept = page.scene()["cells"][-1]
    assert page.cell(kept["node"], kept["cell"]).computed == float(record[kept["node"]][0][tuple(kept["cell"])])
