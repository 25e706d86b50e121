"""A network on many small lattices at once: weights broadcast, one lattice in each lane of the vector registers."""
