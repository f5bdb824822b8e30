"""Fitting the networks: recipes, pools of samples, checkpoints, figures, and export to ONNX."""
