"""Where a network of the zoo comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """The paper, its figures, and what differs here.

    `source` is an arXiv number or a DOI, `figures` the published error in plain words, `note` how this network is not
    the paper's.
    """

    name: str
    year: int
    title: str
    authors: str
    source: str
    figures: str
    note: str
