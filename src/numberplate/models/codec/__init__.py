"""Targets and outputs: for each network what encodes its truth, for training, and decodes what it says."""
