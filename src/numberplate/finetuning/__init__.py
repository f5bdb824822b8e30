"""Training the recognizer further on labelled photographs, beside synthesized plates."""

from numberplate.finetuning.finetune import FinetuneError, Result, Settings, finetune
from numberplate.finetuning.prepare import Prepared, prepare

__all__ = ["FinetuneError", "Prepared", "Result", "Settings", "finetune", "prepare"]
