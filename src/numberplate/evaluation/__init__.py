"""Evaluation: labelled pictures to figures, and a page that shows every miss."""

from numberplate.evaluation.evaluate import evaluate
from numberplate.evaluation.figures import Figures, PictureResult, figures, figures_by_group
from numberplate.evaluation.labels import LabelledPicture, LabelsError, Truth, read_labelled, read_labels
from numberplate.evaluation.misses import Miss, misses
from numberplate.evaluation.page import write_page

__all__ = [
    "Figures",
    "LabelledPicture",
    "LabelsError",
    "Miss",
    "PictureResult",
    "Truth",
    "evaluate",
    "figures",
    "figures_by_group",
    "misses",
    "read_labelled",
    "read_labels",
    "write_page",
]
