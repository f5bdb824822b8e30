"""The cameras of an installation, and what they see now."""
