"""What a picture or a video gave: frozen values that everything passes along."""
