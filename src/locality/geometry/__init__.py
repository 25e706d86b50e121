"""Integers in, integers out: what a window reads, what it leaves, what it costs."""
