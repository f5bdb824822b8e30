"""What clients speak: one file an interface."""
