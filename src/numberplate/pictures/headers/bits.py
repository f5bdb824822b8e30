"""Bits of a byte string, one after the other."""


class Bits:
    """Takes bits, the most significant of each byte first. Raises IndexError where there are no more."""

    def __init__(self, data: bytes):
        self._data = data[:256]  # what is taken from it stands in its beginning
        self._at = 0

    def take(self, count: int) -> int:
        """The next so many, as a number."""
        end = self._at + count
        if end > 8 * len(self._data):
            raise IndexError
        first, last = self._at // 8, -(-end // 8)
        value = int.from_bytes(self._data[first:last], "big") >> (8 * last - end)
        self._at = end
        return value & ((1 << count) - 1)

    def exp_golomb(self) -> int:
        """A number in Exp-Golomb code: as many zeros as it has bits after its first."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.take(zeros)
