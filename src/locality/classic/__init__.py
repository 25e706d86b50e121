"""The road before AlexNet: hand-made descriptors and a linear SVM, as pipelines that are described, fitted and kept.

>>> from locality import classic
>>> for name in classic.names():
...     table = classic.get(name).trace((1, 28, 28), classes=10)
...     print(f"{name}: a vector of {table.length:,}, {table.parameters:,} parameters")
hog-svm: a vector of 1,296, 12,970 parameters
fisher-svm: a vector of 2,176, 27,410 parameters
"""

from locality.classic.evaluation import Evaluation, evaluate
from locality.classic.fisher import Fisher
from locality.classic.fit import fit
from locality.classic.fitted import Fitted, load
from locality.classic.hog import Hog
from locality.classic.named import get, names
from locality.classic.pipeline import Pipeline
from locality.classic.table import Row, Table

__all__ = [
    "Evaluation",
    "Fisher",
    "Fitted",
    "Hog",
    "Pipeline",
    "Row",
    "Table",
    "evaluate",
    "fit",
    "get",
    "load",
    "names",
]
