"""What every request passes, one a file."""
