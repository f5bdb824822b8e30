"""Vehicles followed through frames, and what their plates read in all of them."""
