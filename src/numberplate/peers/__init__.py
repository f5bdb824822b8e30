"""Other programs that read plates, asked in one way. They are installed by whoever wants to compare."""
