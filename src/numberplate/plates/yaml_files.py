"""YAML files that people write: what is wrong with one is a line, and none takes much time or memory."""

import reprlib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

_LARGEST = 100_000
"""Bytes of a file at most; of those that ship, the largest has 5,732."""


class YamlError(ValueError):
    """A file that cannot be used; the message names it, the line where there is one, and the reason."""


def read_yaml(file: Path | Traversable) -> dict[str, Any]:
    """The mapping in a YAML file. Raises YamlError."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise YamlError(f"{file}: more than {_LARGEST} bytes")
        data = yaml.load(content.decode("utf-8-sig"), _Loader)
    except OSError as error:
        raise YamlError(f"{file}: {error.strerror or error}") from error
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise YamlError(f"{file}: {place}not YAML: {error.problem or error.context}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise YamlError(f"{file}: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise YamlError(f"{file}: too many parts within each other") from error
    if not isinstance(data, dict):
        raise YamlError(f"{file}: expected a mapping of keys to values")
    return data


def short(value: Any) -> str:
    """A value for a message, whatever is in it: YAML's aliases make a few lines immense."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:60] + "…")
    return reprlib.repr(value)


class _Loader(yaml.SafeLoader):
    """YAML without keys given twice, of which one would be lost, and without merged mappings (`<<`), by which
    a few lines become immense.
    """

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        names: set[str] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise _not_yaml("mappings are not merged here", key)
            if isinstance(key, yaml.ScalarNode):
                if key.value in names:
                    raise _not_yaml(f"the key {short(key.value)} is given twice", key)
                names.add(key.value)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:
            kind = node.tag.rpartition(":")[2]
            raise _not_yaml(f"{short(node.value)} is no {kind}", node) from error


def _not_yaml(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
