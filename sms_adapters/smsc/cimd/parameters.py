"""The parameters of CIMD2, and a packet as a value: each parameter under a name, by its number on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import ClassVar, Self, TypeAlias

__all__ = ["PARAMETERS", "Packet", "Parameter", "Request", "Response"]

Parameter: TypeAlias = tuple[int, str]
"""A parameter's number, 0 to 999, and its value as it travels."""

PARAMETERS: dict[str, int] = {
    "user": 10,
    "password": 11,
    "subaddress": 12,
    "window": 19,
    "destination": 21,
    "originator": 23,
    "imsi": 26,
    "alphanumeric_originator": 27,
    "visited_msc": 28,
    "dcs": 30,
    "udh": 32,
    "text": 33,
    "binary": 34,
    "more_messages": 44,
    "relative_validity": 50,
    "absolute_validity": 51,
    "protocol": 52,
    "relative_first_delivery": 53,
    "absolute_first_delivery": 54,
    "reply_path": 55,
    "report_request": 56,
    "cancel_enabled": 58,
    "cancel_mode": 59,
    "stamp": 60,
    "status": 61,
    "status_error": 62,
    "discharge": 63,
    "tariff": 64,
    "service": 65,
    "count": 66,
    "priority": 67,
    "mode": 68,
    "centre_address": 69,
    "wanted": 500,
    "centre_time": 501,
    "error": 900,
    "error_text": 901,
}
"""The parameters by the names of the fields that hold them."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; `number` is 0 to 255, odd for what a client asks and even for what the centre asks.

    `extra` are the parameters that the operation is not known to have, and the second and further ones of a number,
    such as further destinations.
    """

    number: int = field(default=0, kw_only=True)
    extra: tuple[Parameter, ...] = field(default=(), kw_only=True, repr=False)

    operation: ClassVar[int]

    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters in the order in which they are written: by number, `extra` last."""
        own = ((number, getattr(self, name)) for number, name in _layout(type(self)).items())
        return (*((number, value) for number, value in own if value is not None), *self.extra)

    def all(self, number: int) -> tuple[str, ...]:
        """Every value of one parameter."""
        return tuple(value for found, value in self.parameters() if found == number)

    @classmethod
    def read(cls, number: int, parameters: Iterable[Parameter]) -> Self:
        """The packet with these parameters."""
        layout = _layout(cls)
        named: dict[str, str] = {}
        extra: list[Parameter] = []
        for found, value in parameters:
            name = layout.get(found)
            if name is None or name in named:
                extra.append((found, value))
            else:
                named[name] = value
        return cls(**named, number=number, extra=tuple(extra))


def _layout(kind: type[Packet]) -> dict[int, str]:
    """The parameters of an operation, by number, and the names of their fields."""
    found = _LAYOUTS.get(kind)
    if found is None:
        names = (item.name for item in fields(kind) if item.name in PARAMETERS)
        found = _LAYOUTS[kind] = dict(sorted((PARAMETERS[name], name) for name in names))
    return found


_LAYOUTS: dict[type[Packet], dict[int, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Packet):
    """What one side asks of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Packet):
    """The answer to the request of the same number; positive without `error`."""

    error: str | None = None
    error_text: str | None = None
