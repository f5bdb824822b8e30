"""Fitting a bundle's numbers to its weights, on synthesized samples that training never saw."""

from numberplate.calibration.calibrate import CalibrationError, Figures, Report, Settings, calibrate

__all__ = ["CalibrationError", "Figures", "Report", "Settings", "calibrate"]
