"""GSM's data coding scheme, and the place of a part that a header tells."""

from __future__ import annotations

import pytest

from sms_adapters.messages import PartInfo
from sms_adapters.smsc.user_data import dcs_of, header_of, part_of, scheme_of
from sms_adapters.text import Encoding

SCHEMES = [
    (0x00, Encoding.GSM7, None),
    (0x04, Encoding.BINARY, None),
    (0x08, Encoding.UCS2, None),
    (0x0C, Encoding.GSM7, None),
    (0x10, Encoding.GSM7, 0),
    (0x14, Encoding.BINARY, 0),
    (0x18, Encoding.UCS2, 0),
    (0x1B, Encoding.UCS2, 3),
    (0x20, Encoding.BINARY, None),
    (0x28, Encoding.BINARY, None),
    (0x48, Encoding.UCS2, None),
    (0x88, Encoding.GSM7, None),
    (0xC8, Encoding.GSM7, None),
    (0xD8, Encoding.GSM7, None),
    (0xE8, Encoding.UCS2, None),
    (0xF0, Encoding.GSM7, 0),
    (0xF1, Encoding.GSM7, 1),
    (0xF5, Encoding.BINARY, 1),
]


@pytest.mark.parametrize(("dcs", "encoding", "message_class"), SCHEMES)
def test_what_a_data_coding_scheme_says(dcs: int, encoding: Encoding, message_class: int | None) -> None:
    assert scheme_of(dcs) == (encoding, message_class)


@pytest.mark.parametrize("message_class", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("encoding", list(Encoding))
def test_what_is_written_is_read(encoding: Encoding, message_class: int | None) -> None:
    assert scheme_of(dcs_of(encoding, message_class)) == (encoding, message_class)


def test_the_place_of_a_part() -> None:
    assert part_of(bytes.fromhex("0500032A0201")) == PartInfo("42", 1, 2)
    assert part_of(bytes.fromhex("060804012C0302")) == PartInfo("300", 2, 3)
    for udh in ("", "0605040b8423f0", "05", "0500032A0203", "ff00"):
        assert part_of(bytes.fromhex(udh)) is None
    assert header_of(b"\x05") is None
