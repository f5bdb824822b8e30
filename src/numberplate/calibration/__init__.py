"""Fitting a bundle's numbers to its weights, on synthesized samples that training never saw."""

from numberplate.calibration.calibrate import (
    CalibrationError,
    Figures,
    Report,
    Settings,
    calibrate,
    calibrate_heads,
)

__all__ = ["CalibrationError", "Figures", "Report", "Settings", "calibrate", "calibrate_heads"]
