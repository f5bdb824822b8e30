"""What a plate is: the alphabet, the patterns of texts, and the designs of countries."""
