"""Frozen dataclasses that cost little to make.

A frozen dataclass sets each of its fields through `object.__setattr__`, at five times the cost of an assignment. A
message takes about ten such values, the engine's largest single cost, so those are filled in as what they are not yet:
instances of a twin that is not frozen.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from inspect import signature
from typing import Any, TypeVar

__all__ = ["quick"]

T = TypeVar("T")
_set_class = object.__dict__["__class__"].__set__


def quick(cls: type[T]) -> type[T]:
    """Put above `@dataclass(frozen=True, slots=True)` of a class that is made for every message.

    Nothing else about the class changes. It may not be made from another dataclass; a class made from it is no faster.
    """
    if any(one.kw_only for one in fields(cls)):  # type: ignore[arg-type]
        raise TypeError(f"{cls.__name__} has fields that are given by name only")
    twin = type(f"_{cls.__name__}", cls.__bases__, {"__slots__": vars(cls)["__slots__"]})
    slow = cls.__init__
    defaults = {name: parameter.default for name, parameter in signature(slow).parameters.items()}
    known: dict[str, Any] = {"_made": cls, "_twin": twin, "_slow": slow, "_set_class": _set_class}
    lines = [_line(one, defaults, known) for one in fields(cls)]  # type: ignore[arg-type]
    names = ", ".join(one.name for one in fields(cls) if one.init)  # type: ignore[arg-type]
    source = [
        f"def __init__(self, {names}):",
        "    if self.__class__ is not _made:",
        f"        return _slow(self, {names})",
        "    _set_class(self, _twin)",
        *lines,
        "    self.__class__ = _made",
        *(["    self.__post_init__()"] if hasattr(cls, "__post_init__") else []),
    ]
    exec("\n".join(source), known)  # noqa: S102 - as dataclasses makes the one that this replaces
    made = known["__init__"]
    for name in ("__defaults__", "__annotations__", "__qualname__", "__module__", "__doc__"):
        setattr(made, name, getattr(slow, name))
    setattr(cls, "__init__", made)  # noqa: B010 - mypy lets no method be assigned
    return cls


def _line(one: Field[Any], defaults: dict[str, Any], known: dict[str, Any]) -> str:
    """The line that sets a field; what it refers to goes into `known`."""
    name = one.name
    if one.default_factory is MISSING:
        known[f"_default_{name}"] = one.default
        return f"    self.{name} = {name if one.init else f'_default_{name}'}"
    known[f"_make_{name}"], known[f"_unset_{name}"] = one.default_factory, defaults.get(name)
    made = f"_make_{name}()"
    return f"    self.{name} = {f'{made} if {name} is _unset_{name} else {name}' if one.init else made}"
