"""A plate by itself: flat artwork, generic designs, and its surface."""
