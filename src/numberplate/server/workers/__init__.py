"""The processes that read pictures, and what becomes of their plates."""
