"""SMPP: frames damaged at random, alone and in a stream (make fuzz: a million)."""

from __future__ import annotations

import random

from fuzzing import damaged, fuzzed
from test_smpp_codec import WORKED
from test_smpp_oddities import TAKEN

from sms_adapters.smsc.smpp import FrameReader, Pdu, SmppError, decode, encode
from sms_adapters.smsc.smpp.dialect import DIALECT
from sms_adapters.smsc.smpp.receipts import read_receipt
from sms_adapters.smsc.smpp.tlvs import NAMES

SOUND = [*(encode(pdu) for pdu, _ in WORKED.values()), *(octets for _, octets, _ in TAKEN)]
BORDERS = bytes((0, 1, 2, 16, 0x7F, 0x80, 0xFE, 0xFF))


def spoilt(chance: random.Random) -> bytes:
    """Mostly with a length that is right, so that what is behind the header gets its turn."""
    octets = damaged(chance, chance.choice(SOUND), BORDERS)
    return len(octets).to_bytes(4, "big") + octets[4:] if len(octets) > 16 and chance.random() < 0.9 else octets


def test_fuzzed_smpp() -> None:
    reader, read, refused = FrameReader(), 0, 0
    for octets in fuzzed("smpp", spoilt):
        for found, raw in reader.feed(octets):
            if isinstance(found, SmppError):
                refused += 1
                assert found.raw == raw
            else:
                read += 1
                use(found)
        if reader.broken or reader.pending > 200:
            reader = FrameReader()
    assert read > 3000
    assert refused > 3000


def use(pdu: Pdu) -> None:
    """What is done with every PDU that is read; nothing of it may raise."""
    written = octets_of(pdu)
    assert written is None or decode(written) == pdu
    DIALECT.outcome(pdu)
    DIALECT.kind(pdu)
    DIALECT.describe(pdu)
    read_receipt(pdu)
    for tag, _ in pdu.tlvs:
        if tag in NAMES:
            pdu.tlv(NAMES[tag])


def octets_of(pdu: Pdu) -> bytes | None:
    """None for one that was read although the specification does not allow it, such as a source of 30 characters."""
    try:
        return encode(pdu)
    except SmppError:
        return None
