"""Setting a part of the pictures aside for testing, the same part every time."""

import numpy as np
import numpy.typing as npt

SEED = 0


def held_out(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which pictures are kept for testing: (N,) booleans, a fifth of every class.

    At least one of every class that has two or more, none of a class with a single picture. The choice depends
    on the labels alone: PCG64's uniform draws are the same on every machine.

    >>> held_out(np.array([0, 0, 1, 1, 1, 1, 1, 2])).tolist()
    [False, True, False, True, False, False, False, False]
    """
    draws = np.random.Generator(np.random.PCG64(SEED)).random(len(labels))
    test = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        (members,) = np.nonzero(labels == label)
        count = max(int(0.2 * len(members) + 0.5), int(len(members) > 1))
        test[members[np.argsort(draws[members], kind="stable")[:count]]] = True
    return test
