"""Processes of our own that do work, and how many of them a machine has cores for."""
