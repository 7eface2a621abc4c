"""PDUs for tests: each class with values of all its fields, made by hypothesis."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from sms_adapters.smsc.smpp import PDUS, OtherPdu, Pdu
from sms_adapters.smsc.smpp.layout import (
    Destination,
    Destinations,
    Failure,
    Failures,
    Integer,
    Message,
    MessageIds,
    Text,
)

OCTETS = st.integers(0, 255)
NUMBERS = st.integers(0, 0xFFFFFFFF)
TLVS = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=20)), max_size=3).map(tuple)


def chars(limit: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=min(limit - 1, 70))


ADDRESSES = st.builds(Destination, OCTETS, OCTETS, chars(21))
LISTS = st.builds(Destination, list_name=chars(21))


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    match kind:
        case Integer():
            return st.integers(0, (1 << 8 * kind.size) - 1)
        case Text():
            return chars(kind.limit)
        case Message():
            return st.binary(max_size=254)
        case Destinations():
            return st.lists(ADDRESSES | LISTS, max_size=4).map(tuple)
        case Failures():
            return st.lists(st.builds(Failure, OCTETS, OCTETS, chars(21), NUMBERS), max_size=4).map(tuple)
        case MessageIds():
            return st.lists(chars(65), max_size=4).map(tuple)
    raise AssertionError(f"no values of {kind}")


def pdus_of(kind: type[Pdu]) -> st.SearchStrategy[Pdu]:
    own = {each.name: values_of(each.metadata["kind"]) for each in fields(kind) if "kind" in each.metadata}
    whole = st.builds(kind, sequence=NUMBERS, status=NUMBERS, tlvs=TLVS, **own)
    if not (kind.COMMAND & 0x80000000 and own):
        return whole
    return whole | st.builds(kind, sequence=NUMBERS, status=NUMBERS, **{next(iter(own)): st.none()})


OTHERS = st.builds(
    OtherPdu, sequence=NUMBERS, status=NUMBERS, code=NUMBERS.filter(lambda code: code not in PDUS), body=st.binary()
)
ANY_PDU = st.sampled_from(sorted(PDUS)).flatmap(lambda code: pdus_of(PDUS[code])) | OTHERS
