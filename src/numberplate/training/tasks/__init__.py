"""What the networks differ in, one module for each of them."""

from numberplate.training.recipe import Recipe
from numberplate.training.tasks.base import Task
from numberplate.training.tasks.detector import DetectorTask
from numberplate.training.tasks.recognizer import RecognizerTask
from numberplate.training.tasks.window import WindowTask

__all__ = ["DetectorTask", "RecognizerTask", "Task", "WindowTask", "task"]


def task(recipe: Recipe) -> Task:
    """The task of a recipe's kind."""
    tasks: dict[str, type[Task]] = {
        "recognizer": RecognizerTask,
        "detector": DetectorTask,
        "window": WindowTask,
    }
    return tasks[recipe.kind](recipe)
