"""The networks and their losses, in Keras 3, for any of its backends."""

from numberplate.networks.backend import choose_backend

choose_backend()  # before any module of the package imports Keras
