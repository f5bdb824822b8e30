"""The whole recipe of the weights, and its execution from nothing to a bundle."""

from numberplate.reproduction.plan import Plan, PlanError, Stage, read_plan
from numberplate.reproduction.reproduce import Reproduced, reproduce

__all__ = ["Plan", "PlanError", "Reproduced", "Stage", "read_plan", "reproduce"]
