"""The ranges of a card's numbers. Each function raises ValueError that names the number."""

_LEAST_POSITIVE, MOST_POSITIVE = 1e-6, 2048
"""Of sizes in pixels, counts, factors and temperatures: arrays are made by them, and logits divided."""


def positive(**values: float) -> None:
    for name, value in values.items():
        if not _LEAST_POSITIVE <= value <= MOST_POSITIVE:
            most = f"above 0 and up to {MOST_POSITIVE}"
            raise ValueError(f"{name}: expected a number {most}, got {value}")


def factor(**values: float) -> None:
    for name, value in values.items():
        if not value >= 1:
            raise ValueError(f"{name}: expected 1 or more, got {value}")


def probability(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < 1:
            raise ValueError(f"{name}: expected a probability between 0 and 1, got {value}")


def most(value: float) -> None:
    if not 0.5 < value < 1:
        raise ValueError(f"most: expected a probability between 0.5 and 1, got {value}")
