"""Pictures in and out: found, checked, decoded, cropped, annotated."""
