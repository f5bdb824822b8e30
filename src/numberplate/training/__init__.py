"""Fitting the networks: recipes, pools of samples, checkpoints, figures, and export to ONNX."""

import numberplate.networks  # noqa: F401 - it chooses the backend before any module here imports Keras
