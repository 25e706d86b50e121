"""Where pictures come from: named data sets, folders, single files, and how they are fitted to a network."""

from locality.data.cache import cache_folder
from locality.data.digit import fit_digit
from locality.data.fit import fit_dataset, fit_picture
from locality.data.images import Dataset, Images
from locality.data.named import dataset, dataset_for, names, patterns
from locality.data.picture import read_picture, write_picture

__all__ = [
    "Dataset",
    "Images",
    "cache_folder",
    "dataset",
    "dataset_for",
    "fit_dataset",
    "fit_digit",
    "fit_picture",
    "names",
    "patterns",
    "read_picture",
    "write_picture",
]
