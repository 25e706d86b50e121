"""Short programs over everything else: the generations of ImageNet in miniature, and what flattening loses."""
