"""Cutting a stream into frames: the same ones however the stream is fed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_adapters.smsc.delimited import Chunk, Flaw, Splitter

STREAMS = st.lists(st.sampled_from([b"\x02", b"\x03", b"a", b"bc", b"defghij"]), max_size=40).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 200), max_size=12))
def test_fragments_make_no_difference(stream: bytes, cuts: list[int]) -> None:
    at_once = Splitter(8).feed(stream)
    splitter, found = Splitter(8), []
    ends = [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, end in zip([0, *ends], ends, strict=False):
        found += splitter.feed(stream[start:end])
        assert splitter.pending <= 8
    assert found == at_once


@pytest.mark.parametrize(
    ("stream", "chunks"),
    [
        (b"", []),
        (b"noise\x03\r\n", []),
        (b"\x02a\x03", [Chunk(b"\x02a\x03")]),
        (b"banner\r\n\x02a\x03\r\n\x02b\x03", [Chunk(b"\x02a\x03"), Chunk(b"\x02b\x03")]),
        (b"\x02cut\x02b\x03", [Chunk(b"\x02cut", Flaw.CUT), Chunk(b"\x02b\x03")]),
        (b"\x02\x02\x03", [Chunk(b"\x02", Flaw.CUT), Chunk(b"\x02\x03")]),
        (b"\x02123456\x03", [Chunk(b"\x02123456\x03")]),
        (b"\x021234567\x03\x02b\x03", [Chunk(b"\x021234567", Flaw.OVERSIZE), Chunk(b"\x02b\x03")]),
        (b"\x0212345678901234", [Chunk(b"\x021234567", Flaw.OVERSIZE)]),
        (b"\x02123456789\x02b\x03", [Chunk(b"\x021234567", Flaw.OVERSIZE), Chunk(b"\x02b\x03")]),
    ],
)
def test_what_is_a_frame(stream: bytes, chunks: list[Chunk]) -> None:
    assert Splitter(8).feed(stream) == chunks


def test_an_endless_frame_is_told_once_and_does_not_fill_the_memory() -> None:
    splitter = Splitter(100)
    found = splitter.feed(b"\x02")
    for _ in range(50):
        found += splitter.feed(b"x" * 60)
        assert splitter.pending <= 100
    assert [chunk.flaw for chunk in found] == [Flaw.OVERSIZE]
    assert splitter.feed(b"\x03 \x02ok\x03") == [Chunk(b"\x02ok\x03")]
