"""The 20 labelled ImageNet pictures that come with foolbox, which are read where it is installed."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from locality.data.imagenet import WNIDS


def labelled() -> list[tuple[Path, int]]:
    """Each picture with the number of its class."""
    found = find_spec("foolbox")
    assert found is not None, "foolbox is missing: pip install --no-deps -r tests/packages.txt"
    assert found.submodule_search_locations is not None
    files = sorted((Path(found.submodule_search_locations[0]) / "data").glob("imagenet_*.jpg"))
    assert len(files) == 20
    return [(file, int(file.stem.split("_")[2])) for file in files]


def arrange(folder: Path) -> None:
    """Copies of them as ImageNet is arranged: a folder for each class, named by its WordNet number."""
    for file, label in labelled():
        place = folder / WNIDS[label]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place / f"{file.stem}.JPEG")
