"""The networks and their losses, in Keras 3, for any of its backends."""
