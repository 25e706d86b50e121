"""The 1000 classes of ImageNet's challenge, in the order of a published network's outputs."""

from pathlib import Path

_LINES = [
    line.split(" ", 1) for line in Path(__file__).with_name("imagenet.txt").read_text(encoding="utf-8").splitlines()
]

WNIDS: tuple[str, ...] = tuple(wnid for wnid, _ in _LINES)
"""WordNet's number of each class, which names its folder in ImageNet; in rising order (ILSVRC, arXiv:1409.0575).

>>> WNIDS[282], CLASSES[282]
('n02123159', 'tiger cat')
"""

CLASSES: tuple[str, ...] = tuple(name for _, name in _LINES)
"""The name of each class, in torchvision's words: one for each, where WordNet has two cranes and two maillots.

>>> len(set(CLASSES)), [name for name in CLASSES if "crane" in name]
(1000, ['crane bird', 'crane'])
"""
