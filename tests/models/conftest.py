from ..reading.conftest import make_weights

__all__ = ["make_weights"]
