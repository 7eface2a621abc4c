"""`segments`: the plan of a text; counts by hand from 3GPP TS 23.038 and 23.040."""

from __future__ import annotations

import pytest
from commandline import Run, told

PLANS = [
    # text, options: encoding, segments, units, units in a segment, left in the last
    ("Muraho", (), ("gsm7", 1, 6, 160, 154)),
    ("€", (), ("gsm7", 1, 2, 160, 158)),
    ("x" * 161, (), ("gsm7", 2, 161, 153, 145)),
    ("x" * 161, ("--reference-bits", "16"), ("gsm7", 2, 161, 152, 143)),
    ("Ж", (), ("ucs2", 1, 1, 70, 69)),
    ("Ж" * 71, (), ("ucs2", 2, 71, 67, 63)),
    ("👍", (), ("ucs2", 1, 2, 70, 68)),
    ("x", ("--encoding", "ucs2"), ("ucs2", 1, 1, 70, 69)),
    ("“x”", ("--transliterate",), ("gsm7", 1, 3, 160, 157)),
]


@pytest.mark.parametrize(("text", "options", "plan"), PLANS)
def test_a_text_is_planned(run: Run, text: str, options: tuple[str, ...], plan: tuple[object, ...]) -> None:
    values = told(run("segments", text, "--json", *options))
    names = ("encoding", "count", "units", "per_segment", "remaining")
    assert tuple(values[name] for name in names) == plan


def test_a_national_table_is_used_where_it_saves_a_segment(run: Run) -> None:
    plain, turkish = (told(run("segments", "ş" * 71, "--json", *more)) for more in ((), ("--national", "tr")))
    assert (plain["encoding"], plain["count"], plain["locking"]) == ("ucs2", 2, None)
    assert (turkish["encoding"], turkish["count"]) == ("gsm7", 1)
    assert "tr" in (turkish["locking"], turkish["single"])


def test_each_segment_is_shown_on_a_line(run: Run) -> None:
    result = run("segments", "a" * 153 + "b" * 10)
    assert [line.split() for line in result.stdout.splitlines()[-3:]] == [
        ["SEGMENT", "UNITS", "TEXT"],
        ["1", "153", "a" * 153],
        ["2", "10", "b" * 10],
    ]


STDIN = [(b"hi\n", "hi"), (b"hi\r\n", "hi"), (b"hi\n\n", "hi\n"), (b"hi", "hi"), ("Жук\n".encode(), "Жук"), (b"\n", "")]


@pytest.mark.parametrize(("raw", "text"), STDIN)
def test_stdin_is_the_text_without_the_line_end_that_echo_adds(run: Run, raw: bytes, text: str) -> None:
    values = told(run("segments", "-", "--json", stdin=raw))
    assert "".join(segment["text"] for segment in values["segments"]) == text


REFUSED = [
    (("segments", "x\ud83d"), None, 1, "the text cannot be sent"),
    (("segments", "x" * 40_000), None, 1, "at most 255"),
    (("segments", "Ж", "--encoding", "gsm7"), None, 1, "the text cannot be sent"),
    (("segments", "-"), b"\xff\xfe", 2, "stdin is not UTF-8 text: see byte 0"),
    (("segments", "x", "--national", "xx"), None, 2, "'xx' is not one of"),
    (("segments",), None, 2, "Missing argument 'TEXT'"),
]


@pytest.mark.parametrize(("args", "stdin", "status", "part"), REFUSED)
def test_a_text_that_cannot_be_sent_is_refused_in_a_sentence(
    run: Run, args: tuple[str, ...], stdin: bytes | None, status: int, part: str
) -> None:
    result = run(*args, stdin=stdin)
    assert (result.exit_code, result.stdout) == (status, "")
    assert part in result.stderr
