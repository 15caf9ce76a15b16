"""What the server answers: dictionaries whose keys can be read as attributes."""

from __future__ import annotations

from typing import Any


class Record(dict):
    """A JSON object. ``record.title`` is ``record["title"]``; a key that is not there is an AttributeError."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def to_record(value: Any) -> Any:
    """The same JSON value with every object, at any depth, as a Record."""
    if isinstance(value, dict):
        return Record((key, to_record(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return [to_record(inner) for inner in value]
    return value
