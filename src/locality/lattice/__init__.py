"""Spins on lattices: sites, bonds and sublattices as channels; equilibrium samples, coarse graining, exact results."""

from locality.lattice.lattice import Lattice
from locality.lattice.named import LATTICES

__all__ = ["LATTICES", "Lattice"]
