"""Which plates a set of pictures shows, in our format and in those of others."""

from numberplate.evaluation.labels.read import FORMATS, LabelFormat, read_labelled
from numberplate.evaluation.labels.table import COLUMNS, CORNERS, read_labels
from numberplate.evaluation.labels.truth import LabelledPicture, LabelsError, Truth, group_of

__all__ = [
    "COLUMNS",
    "CORNERS",
    "FORMATS",
    "LabelFormat",
    "LabelledPicture",
    "LabelsError",
    "Truth",
    "group_of",
    "read_labelled",
    "read_labels",
]
