"""Boxes of plates as the services that are imitated here have them."""

from numberplate.reading import Plate, Report


def box_within(plate: Plate, report: Report) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in whole pixels, within the picture: clients cut it out by them.

    Of a plate that the picture's edge cuts off, `Plate.box` goes beyond it.
    """
    x, y, width, height = plate.box
    left, right = (min(report.width, max(0, round(value))) for value in (x, x + width))
    top, bottom = (min(report.height, max(0, round(value))) for value in (y, y + height))
    return left, top, right, bottom
