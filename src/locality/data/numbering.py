"""Which of a network's classes a folder of pictures stands for, told from its name."""

from collections.abc import Mapping

from locality.data.imagenet import CLASSES, WNIDS
from locality.errors import DataError

_NAMED = 3  # strange folders named in a message


def class_numbers(
    folders: tuple[str, ...], classes: tuple[str, ...] | None, outputs: int, where: str, network: str
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The number of each folder's class, and what was assumed, as sentences.

    All folders are named in one way: by WordNet's numbers (`n01440764`, for a network of ImageNet's 1000 classes), by
    the names of the network's classes (a slash in one is a hyphen in the folder's name), or by the numbers of its
    outputs, from 0. They may be some of the classes only. Raises `DataError` where a folder is no class of the network.

    >>> class_numbers(("dog", "cat"), ("cat", "dog"), 2, "folder:pets", "net")
    ((1, 0), ())
    >>> class_numbers(("n01443537", "n01440764"), CLASSES, 1000, "folder:val", "net")
    ((1, 0), ())
    >>> class_numbers(("1", "10"), None, 11, "folder:val", "net")
    ((1, 10), ('folder:val: its folders are named by numbers, taken as those of the outputs of net.',))
    """
    named = {name.replace("/", "-"): i for i, name in enumerate(classes or ())}
    ways: dict[str, Mapping[str, int]] = {}
    if classes == CLASSES:
        ways[f"by WordNet's numbers ({WNIDS[0]} to {WNIDS[-1]})"] = {wnid: i for i, wnid in enumerate(WNIDS)}
    if classes:
        ways[f"by names of classes ({next(iter(named))}, ...)"] = named
    by_number = f"by numbers of outputs (0 to {outputs - 1})"
    digits = (name for name in folders if name.isascii() and name.isdigit())
    ways[by_number] = {name: int(name) for name in digits if int(name) < outputs}

    way, best = max(ways.items(), key=lambda each: sum(name in each[1] for name in folders))
    strange = [name for name in folders if name not in best]
    if strange:
        said = (": " if len(strange) <= _NAMED else ", such as ") + ", ".join(map(repr, strange[:_NAMED]))
        are = "is no class" if len(strange) == 1 else "are no classes"
        raise DataError(
            f"{where}: {len(strange):,} of {len(folders):,} folders {are} of {network}{said}. "
            f"Name them {' or '.join(ways)}."
        )
    notes: tuple[str, ...] = ()
    if way == by_number:
        first = f", so that {folders[0]} is {classes[best[folders[0]]]}" if classes else ""
        notes = (f"{where}: its folders are named by numbers, taken as those of the outputs of {network}{first}.",)
    return tuple(best[name] for name in folders), notes
