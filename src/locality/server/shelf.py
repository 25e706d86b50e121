"""Things kept while there is room, the one longest unused given up first."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """At most so many bytes of things by their keys; the newest stays, however large it is.

    >>> shelf = Shelf[str](10)
    >>> for name in "abc":
    ...     shelf.put(name, name.upper(), size=4)
    >>> [shelf.get(name) for name in "abc"]
    [None, 'B', 'C']
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = Lock()  # a computing thread puts, the server's gets

    def get(self, key: Hashable) -> T | None:
        """What is kept under a key, from now on the latest used; None where it was given up."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def has(self, key: Hashable) -> bool:
        """Whether something is kept under a key, which does not count as using it."""
        with self._lock:
            return key in self._kept

    def put(self, key: Hashable, value: T, size: int) -> None:
        """Keep something of so many bytes."""
        with self._lock:
            self._kept[key] = (value, size)
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(each for _, each in self._kept.values()) > self.most:
                self._kept.popitem(last=False)

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        with self._lock:
            return sum(each for _, each in self._kept.values())
