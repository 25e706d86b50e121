"""Convolution arithmetic, step by step: what is shown, its numbers, where it stands, how it moves."""
