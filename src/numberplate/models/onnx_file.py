"""What an ONNX file may hold before ONNX Runtime is given it: a network that is whole in itself.

The file is a message of Protocol Buffers; only as much of it is followed as the question needs.
"""

from collections.abc import Iterator

_GRAPH, _FUNCTIONS = 7, 25
_NODE, _INITIALIZER, _SPARSE_INITIALIZER = 1, 5, 15
_ATTRIBUTE = 5
_TENSOR, _SUBGRAPH, _TENSORS, _SUBGRAPHS, _SPARSE_TENSOR, _SPARSE_TENSORS = 5, 6, 10, 11, 22, 23
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14

_MOST_FIELDS = 2_000_000

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class ModelError(ValueError):
    """A file that is no ONNX model, or one that is not whole in itself. The message is the reason."""


def check_self_contained(model: bytes) -> None:
    """Refuses what a network for reading plates never needs, and what harms where its folder is not trusted.

    - Data in other files: they would be read from wherever the file says.
    - Graphs within graphs, as loops and conditions have them: they may run without end, and nest without end.
    - Functions of its own: they may call one another.

    Raises ModelError.
    """
    count = [0]
    graphs = 0
    for field, value in _fields(memoryview(model), count):
        if field == _FUNCTIONS:
            raise ModelError("it has functions of its own")
        if field == _GRAPH:
            graphs += 1
            _check_graph(value, count)
    if not graphs:
        raise ModelError("it has no graph")


def _check_graph(graph: memoryview, count: list[int]) -> None:
    for field, value in _fields(graph, count):
        if field == _INITIALIZER:
            _check_tensor(value, count)
        elif field == _SPARSE_INITIALIZER:
            raise ModelError("it has sparse tensors")
        elif field == _NODE:
            for name, attribute in _fields(value, count):
                if name == _ATTRIBUTE:
                    _check_attribute(attribute, count)


def _check_attribute(attribute: memoryview, count: list[int]) -> None:
    for field, value in _fields(attribute, count):
        if field in (_SUBGRAPH, _SUBGRAPHS):
            raise ModelError("it has graphs within its graph, such as loops")
        if field in (_SPARSE_TENSOR, _SPARSE_TENSORS):
            raise ModelError("it has sparse tensors")
        if field in (_TENSOR, _TENSORS):
            _check_tensor(value, count)


def _check_tensor(tensor: memoryview, count: list[int]) -> None:
    for field, value in _fields(tensor, count):
        if field == _EXTERNAL_DATA or (field == _DATA_LOCATION and bytes(value) != b"\0"):
            raise ModelError("a part of it lies in another file")


def _fields(message: memoryview, count: list[int]) -> Iterator[tuple[int, memoryview]]:
    """Number and content of each field: a varint's as bytes, so that all are alike."""
    at = 0
    while at < len(message):
        count[0] += 1
        if count[0] > _MOST_FIELDS:
            raise ModelError("it has too many parts")
        key, at = _varint(message, at)
        kind = key & 7
        start = at
        if kind == _VARINT:
            value, at = _varint(message, at)
            # The shortest form, so that an overlong zero is a zero.
            content = memoryview(value.to_bytes(max(1, -(-value.bit_length() // 8)), "little"))
            yield key >> 3, content
            continue
        if kind == _BYTES:
            size, start = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ModelError("damaged, or no ONNX model")
        at = start + size
        if at > len(message):
            raise ModelError("damaged or cut, or no ONNX model")
        yield key >> 3, message[start:at]


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for i in range(10):
        if at + i >= len(message):
            break
        byte = message[at + i]
        value |= (byte & 0x7F) << (7 * i)
        if not byte & 0x80:
            return value, at + i + 1
    raise ModelError("damaged or cut, or no ONNX model")
