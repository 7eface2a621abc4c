"""The types of mandatory parameters, and how the fields of a PDU are declared with them.

Source: "Short Message Peer to Peer Protocol Specification v3.4" (SMPP Developers Forum, issue 1.2), section 3.1,
https://smpp.org/SMPP_v3_4_Issue1_2.pdf. Decoding is lenient where the octets are unambiguous: a string may be longer
than its field allows, an integer may have any value. Encoding keeps to the sizes of the specification.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from .errors import INVALID_MESSAGE_LENGTH, SmppError

__all__ = [
    "ParameterType",
    "destinations",
    "failures",
    "integer",
    "message",
    "message_ids",
    "octet",
    "read_fields",
    "text",
    "write_fields",
]

MAX_MESSAGE = 254
"""Octets in short_message; a longer text goes into the TLV message_payload."""


class ParameterType(Protocol):
    """A type of mandatory parameter."""

    def read(self, octets: bytes, at: int) -> tuple[Any, int]:
        """The value at `at` and where the next one begins; raises SmppError, ValueError or IndexError."""

    def write(self, value: Any) -> bytes:
        """The octets of `value`; raises SmppError, ValueError, TypeError or OverflowError."""


@dataclass(frozen=True, slots=True)
class Integer:
    """Unsigned, big-endian."""

    size: int

    def read(self, octets: bytes, at: int) -> tuple[int, int]:
        """See ParameterType."""
        end = at + self.size
        if end > len(octets):
            raise SmppError(f"the PDU ends within an integer of {self.size} octets")
        return int.from_bytes(octets[at:end], "big"), end

    def write(self, value: Any) -> bytes:
        """See ParameterType."""
        if not isinstance(value, int) or not 0 <= value < 1 << 8 * self.size:
            raise SmppError(f"{value!r} is no unsigned integer of {self.size} octets")
        return int(value).to_bytes(self.size, "big")


@dataclass(frozen=True, slots=True)
class Text:
    """C-Octet String: octets up to a NUL, as characters U+0001 to U+00FF; `limit` counts the NUL."""

    limit: int

    def read(self, octets: bytes, at: int) -> tuple[str, int]:
        """See ParameterType."""
        end = octets.find(0, at)
        if end < 0:
            raise SmppError("a string has no NUL at its end")
        return octets[at:end].decode("latin-1"), end + 1

    def write(self, value: Any) -> bytes:
        """See ParameterType."""
        if not isinstance(value, str):
            raise SmppError("not a string")
        if len(value) >= self.limit:
            raise SmppError(f"{len(value)} characters where {self.limit - 1} are allowed")
        if "\0" in value:
            raise SmppError("a NUL within the string")
        try:
            return value.encode("latin-1") + b"\0"
        except UnicodeEncodeError:
            raise SmppError("a character above U+00FF") from None


@dataclass(frozen=True, slots=True)
class Message:
    """sm_length and short_message: an octet that counts, and as many octets."""

    def read(self, octets: bytes, at: int) -> tuple[bytes, int]:
        """See ParameterType."""
        length, at = OCTET.read(octets, at)
        if at + length > len(octets):
            raise SmppError(
                f"sm_length is {length}, but {len(octets) - at} octets are left", status=INVALID_MESSAGE_LENGTH
            )
        return octets[at : at + length], at + length

    def write(self, value: Any) -> bytes:
        """See ParameterType."""
        if not isinstance(value, bytes):
            raise SmppError("not bytes")
        if len(value) > MAX_MESSAGE:
            raise SmppError(f"{len(value)} octets where {MAX_MESSAGE} are allowed: use message_payload")
        return bytes((len(value),)) + value


@dataclass(frozen=True, slots=True)
class Destination:
    """One recipient of submit_multi: an address, or with `list_name` a distribution list kept by the SMSC."""

    ton: int = 0
    npi: int = 0
    address: str = ""
    list_name: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A recipient of submit_multi that was not accepted, and the command_status why."""

    ton: int = 0
    npi: int = 0
    address: str = ""
    status: int = 0


OCTET = Integer(1)
_ADDRESS = Text(21)
_STATUS = Integer(4)
_TO_ADDRESS, _TO_LIST = 1, 2


class _Counted:
    """An octet that counts items, and the items; `most` is how many may be."""

    def __init__(self, most: int) -> None:
        self.most = most

    def read(self, octets: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        """See ParameterType."""
        count, at = OCTET.read(octets, at)
        items = []
        for _ in range(count):
            item, at = self.read_item(octets, at)
            items.append(item)
        return tuple(items), at

    def write(self, value: Any) -> bytes:
        """See ParameterType."""
        if len(value) > self.most:
            raise SmppError(f"{len(value)} items where {self.most} are allowed")
        return bytes((len(value),)) + b"".join([self.write_item(item) for item in value])

    def read_item(self, octets: bytes, at: int) -> tuple[Any, int]:
        """One item and where the next begins."""
        raise NotImplementedError

    def write_item(self, item: Any) -> bytes:
        """The octets of one item."""
        raise NotImplementedError


class Destinations(_Counted):
    """number_of_dests and dest_address(es) of submit_multi."""

    def read_item(self, octets: bytes, at: int) -> tuple[Destination, int]:
        """See _Counted."""
        flag, at = OCTET.read(octets, at)
        if flag == _TO_LIST:
            name, at = _ADDRESS.read(octets, at)
            return Destination(list_name=name), at
        if flag != _TO_ADDRESS:
            raise SmppError(f"dest_flag is {flag}: neither an address (1) nor a distribution list (2)", status=0x40)
        found, at = _read_address(octets, at)
        return Destination(*found), at

    def write_item(self, item: Any) -> bytes:
        """See _Counted."""
        if item.list_name is None:
            return bytes((_TO_ADDRESS,)) + _write_address(item)
        if item.ton or item.npi or item.address:
            raise SmppError("a destination is an address or a distribution list, not both")
        return bytes((_TO_LIST,)) + _ADDRESS.write(item.list_name)


class Failures(_Counted):
    """no_unsuccess and unsuccess_sme(s) of submit_multi_resp."""

    def read_item(self, octets: bytes, at: int) -> tuple[Failure, int]:
        """See _Counted."""
        found, at = _read_address(octets, at)
        status, at = _STATUS.read(octets, at)
        return Failure(*found, status), at

    def write_item(self, item: Any) -> bytes:
        """See _Counted."""
        return _write_address(item) + _STATUS.write(item.status)


class MessageIds(_Counted):
    """no_messages and the message ids of query_last_msgs_resp (SMPP 3.3)."""

    def read_item(self, octets: bytes, at: int) -> tuple[str, int]:
        """See _Counted."""
        return _MESSAGE_ID.read(octets, at)

    def write_item(self, item: Any) -> bytes:
        """See _Counted."""
        return _MESSAGE_ID.write(item)


_MESSAGE_ID = Text(65)


def _read_address(octets: bytes, at: int) -> tuple[tuple[int, int, str], int]:
    ton, at = OCTET.read(octets, at)
    npi, at = OCTET.read(octets, at)
    address, at = _ADDRESS.read(octets, at)
    return (ton, npi, address), at


def _write_address(item: Destination | Failure) -> bytes:
    return OCTET.write(item.ton) + OCTET.write(item.npi) + _ADDRESS.write(item.address)


def octet(default: int = 0) -> Any:
    """A field of one octet."""
    return field(default=default, metadata={"kind": OCTET})


def integer(size: int) -> Any:
    """A field that is an unsigned integer."""
    return field(default=0, metadata={"kind": Integer(size)})


def text(limit: int, default: str | None = "", *, secret: bool = False) -> Any:
    """A field that is a string of at most `limit` octets, the NUL counted; a `secret` is not shown."""
    return field(default=default, repr=not secret, metadata={"kind": Text(limit), "secret": secret})


def message() -> Any:
    """The fields sm_length and short_message."""
    return field(default=b"", metadata={"kind": Message()})


def destinations() -> Any:
    """The recipients of submit_multi."""
    return field(default=(), metadata={"kind": Destinations(254)})


def failures() -> Any:
    """The recipients that submit_multi_resp refuses."""
    return field(default=(), metadata={"kind": Failures(255)})


def message_ids() -> Any:
    """The ids in query_last_msgs_resp."""
    return field(default=(), metadata={"kind": MessageIds(255)})


Layout = tuple[tuple[str, ParameterType], ...]
_LAYOUTS: dict[type[Any], Layout] = {}


def layout(pdu: type[Any]) -> Layout:
    """Name and type of the mandatory parameters of a class of PDUs, in their order."""
    found = _LAYOUTS.get(pdu)
    if found is None:
        found = tuple((each.name, each.metadata["kind"]) for each in fields(pdu) if "kind" in each.metadata)
        _LAYOUTS[pdu] = found
    return found


def read_fields(pdu: type[Any], octets: bytes, at: int) -> tuple[list[Any], int]:
    """The values of the mandatory parameters, and where the optional ones begin; raises SmppError."""
    values = []
    for name, kind in layout(pdu):
        try:
            value, at = kind.read(octets, at)
        except SmppError as error:
            raise SmppError(f"{name}: {error}", status=error.status) from None
        values.append(value)
    return values, at


def write_fields(pdu: Any) -> bytes:
    """The octets of the mandatory parameters; raises SmppError that names the one that does not fit."""
    return b"".join([_written(pdu, name, kind) for name, kind in layout(type(pdu))])


def _written(pdu: Any, name: str, kind: ParameterType) -> bytes:
    try:
        return kind.write(getattr(pdu, name))
    except SmppError as error:
        raise SmppError(f"{name}: {error}") from None
    except (TypeError, AttributeError) as error:
        raise SmppError(f"{name}: a value of another type ({type(error).__name__})") from None
