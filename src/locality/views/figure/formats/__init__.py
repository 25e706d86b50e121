"""A figure as a file: one writer for each format, from the same six primitives."""
