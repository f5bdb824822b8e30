"""Shapes in a picture's plane: quadrilaterals, the flat crops they cut, and how boxes overlap."""
