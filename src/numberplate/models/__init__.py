"""Trained networks without Keras: sizes, files, and what goes in and comes out."""
