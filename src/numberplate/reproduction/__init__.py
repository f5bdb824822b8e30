"""The whole recipe of the weights, and its execution from nothing to a bundle."""

from typing import TYPE_CHECKING

from numberplate.lazy import on_first_use
from numberplate.reproduction.plan import Plan, PlanError, Stage, read_plan

if TYPE_CHECKING:
    from numberplate.reproduction.execution import Reproduced, reproduce

__all__ = ["Plan", "PlanError", "Reproduced", "Stage", "read_plan", "reproduce"]

# What a plan says can be had without Keras.
__getattr__, __dir__ = on_first_use(__name__, {"Reproduced": "execution", "reproduce": "execution"})
