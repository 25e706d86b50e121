"""Quantum: ground states of the J1-J2 magnet by variational Monte Carlo, with honest errors."""
