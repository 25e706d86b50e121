"""Classes of sites without a bond between them: two where the lattice is bipartite, few where it is not."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from locality.lattice.named import reaches

Array = npt.NDArray[Any]


def signs(sites: int, bonds: Array) -> Array | None:
    """+1 and -1 so that every bond joins the two, +1 at site 0; None where no such choice exists.

    A graph is bipartite exactly where its double cover, two copies of the sites with every bond from one to the other,
    has the two copies of a site in different components.
    """
    start, end = bonds[:, 0], bonds[:, 1]
    rows, columns = np.concatenate((start, end)), np.concatenate((end + sites, start + sites))
    cover = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(2 * sites, 2 * sites))
    label = connected_components(cover, directed=False)[1]
    if (label[:sites] == label[sites:]).any():
        return None
    return np.where(label[:sites] < label[sites:], 1, -1).astype(np.int8)


def colouring(name: str, size: tuple[int, ...], periodic: bool, orders: tuple[int, ...], neighbours: Array) -> Array:
    """The colour of each site: a repeating pattern where one with no more colours fits, else greedy, site by site.

    A pattern gives cell x, sublattice s the colour (a.x + b_s) mod q, with the smallest q for which some a and b work.
    """
    around = [
        (start, np.array(offset), end)
        for order in orders
        for start, found in enumerate(reaches(name, order))
        for offset, end in found
    ]
    sublattices, cells = len(reaches(name, 1)), np.indices(size).reshape(len(size), -1).T
    greedy = np.asarray(_greedy(np.ascontiguousarray(neighbours)))
    for q in range(2, int(greedy.max()) + 2):
        for slope in product(range(q), repeat=len(size)):
            if periodic and any(a * side % q for a, side in zip(slope, size, strict=True)):
                continue
            for rest in product(range(q), repeat=sublattices - 1):
                start_at = np.array((0, *rest))
                if all((np.dot(slope, offset) + start_at[end] - start_at[start]) % q for start, offset, end in around):
                    return np.asarray(((cells @ np.array(slope))[:, None] + start_at) % q).ravel()
    return greedy


@njit(cache=True, nogil=True)
def _greedy(neighbours: Array) -> Array:
    """The smallest colour that no neighbour has yet, site by site."""
    sites, most = neighbours.shape
    colour = np.full(sites, -1, np.int64)
    taken = np.full(most + 1, -1, np.int64)
    for site in range(sites):
        for k in range(most):
            other = neighbours[site, k]
            if other >= 0 and colour[other] >= 0:
                taken[colour[other]] = site
        free = 0
        while taken[free] == site:
            free += 1
        colour[site] = free
    return colour
