"""SMPP out of a stream: any pieces, several PDUs at once, and what ends a stream."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from smpp_pdus import ANY_PDU

from sms_adapters.smsc.smpp import FrameReader, Pdu, SmppError, encode
from sms_adapters.smsc.smpp import pdus as p

BROKEN_BODY = bytes.fromhex("00000014 80000009 00000000 00000007 534d5343")


def test_a_pdu_comes_whole_however_it_is_cut() -> None:
    octets = encode(p.SubmitSm(sequence=1, short_message=b"hello")) + encode(p.EnquireLink(sequence=2))
    for first in range(len(octets)):
        for second in range(first, len(octets)):
            reader = FrameReader()
            items = [*reader.feed(octets[:first]), *reader.feed(octets[first:second]), *reader.feed(octets[second:])]
            assert [pdu.sequence for pdu, _ in items] == [1, 2]
            assert reader.pending == 0


@given(st.lists(ANY_PDU, max_size=6), st.data())
def test_a_stream_is_the_same_pdus_in_any_pieces(pdus: list[Pdu], data: st.DataObject) -> None:
    stream, reader, found = b"".join(map(encode, pdus)), FrameReader(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert [pdu for pdu, _ in found] == pdus
    assert [raw for _, raw in found] == [encode(pdu) for pdu in pdus]
    assert reader.pending == 0


def test_a_broken_body_is_an_item_among_its_neighbours() -> None:
    stream = encode(p.EnquireLink(sequence=1)) + BROKEN_BODY + encode(p.EnquireLink(sequence=2))
    reader = FrameReader()
    (first, _), (error, raw), (last, _) = reader.feed(stream)
    assert (first.sequence, last.sequence) == (1, 2)
    assert isinstance(error, SmppError)
    assert (error.fatal, error.sequence, error.operation, raw) == (False, 7, 0x80000009, BROKEN_BODY)
    assert not reader.broken


def test_a_length_that_cannot_be_ends_the_stream_after_what_came_before() -> None:
    for length in (0, 4, 15, 70_001, 0xFFFFFFFF):
        reader = FrameReader()
        items = reader.feed(encode(p.EnquireLink(sequence=1)) + length.to_bytes(4, "big") + bytes(100))
        error = items[-1][0]
        assert [type(item) for item, _ in items] == [p.EnquireLink, SmppError]
        assert error.fatal
        assert str(length) in str(error)
        assert reader.broken
        assert reader.feed(encode(p.EnquireLink(sequence=2))) == []


def test_the_longest_payload_is_taken_and_no_more_than_the_limit_is_kept() -> None:
    pdu = p.DataSm(sequence=1, tlvs=((0x0424, bytes(65535)),))
    octets, reader = encode(pdu), FrameReader()
    for at in range(0, len(octets), 1000):
        items = reader.feed(octets[at : at + 1000])
        assert reader.pending <= reader.limit
    assert [found for found, _ in items] == [pdu]
    assert reader.pending == 0


def test_octet_by_octet() -> None:
    reader, octets = FrameReader(), encode(p.SubmitSm(sequence=5, short_message=b"hello"))
    items = [item for at in range(len(octets)) for item in reader.feed(octets[at : at + 1])]
    assert items == [(p.SubmitSm(sequence=5, short_message=b"hello"), octets)]


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_stream_raises(pieces: list[bytes]) -> None:
    reader = FrameReader()
    items = [item for piece in pieces for item in reader.feed(piece)]
    fatal = [isinstance(item, SmppError) and item.fatal for item, _ in items]
    assert not any(fatal[:-1])
    assert reader.broken == (bool(fatal) and fatal[-1])
