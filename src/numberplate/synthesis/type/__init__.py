"""Letters: faces of fonts, and lettering drawn with a pen."""
