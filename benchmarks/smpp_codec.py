"""The SMPP codec against the Python libraries beside it and against a bare `struct` loop, in one run.

Writes a submit_sm, reads one, and reads a deliver_sm with two optional parameters; each takes at most a fifth of the
CPU of a library's. "ours with text" also turns the text into GSM septets or back, as aiosmpplib does. A library that is
not installed is left out: `pip install smpplib aiosmpplib`. `--json` for machines.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import struct
from collections.abc import Callable
from typing import Any

from turns import Case, Target, Turn, judged, print_targets, take_turns

from sms_adapters.smsc.smpp import decode, encode, make_tlvs
from sms_adapters.smsc.smpp.pdus import DeliverSm, SubmitSm
from sms_adapters.text import gsm7

TEXT = (
    "Your appointment on Monday at nine is confirmed. "
    "Answer STOP to hear no more from us, or call us on the number you know."
)
SENDER, RECIPIENT = "MyBrand", "447700900002"
RECEIPT = (
    b"id:1715004 sub:001 dlvrd:001 submit date:2611230509 done date:2611230510 stat:DELIVRD err:000 text:Your appoi"
)

Work = Callable[[], Any]
JOBS = ("encode submit_sm", "decode submit_sm", "decode deliver_sm")


def our_submit(text: bytes) -> SubmitSm:
    return SubmitSm(
        source_addr_ton=5,
        source_addr=SENDER,
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=RECIPIENT,
        registered_delivery=1,
        short_message=text,
    )


SUBMIT = encode(our_submit(TEXT.encode()), 7)
DELIVER = encode(
    DeliverSm(
        sequence=9,
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=RECIPIENT,
        dest_addr_ton=5,
        destination_addr=SENDER,
        esm_class=4,
        short_message=RECEIPT,
        tlvs=make_tlvs(receipted_message_id="1A2B3C", message_state=2),
    )
)


def ours() -> tuple[Work, Work, Work]:
    text = TEXT.encode()
    return lambda: encode(our_submit(text), 7), lambda: decode(SUBMIT), lambda: decode(DELIVER)


def ours_with_text() -> tuple[Work, Work, Work]:
    return (
        lambda: encode(our_submit(gsm7.encode(TEXT)), 7),
        lambda: gsm7.decode(decode(SUBMIT).short_message),
        lambda: gsm7.decode(decode(DELIVER).short_message),
    )


def with_smpplib() -> tuple[Work, Work, Work]:
    smpp = importlib.import_module("smpplib.smpp")
    client = importlib.import_module("smpplib.client").Client("127.0.0.1", 1, allow_unknown_opt_params=True)
    text = TEXT.encode()

    def write() -> bytes:
        return smpp.make_pdu(
            "submit_sm",
            client=client,
            source_addr_ton=5,
            source_addr=SENDER,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=RECIPIENT,
            registered_delivery=True,
            short_message=text,
        ).generate()

    return write, lambda: smpp.parse_pdu(SUBMIT, client=client), lambda: smpp.parse_pdu(DELIVER, client=client)


def with_aiosmpplib() -> tuple[Work, Work, Work]:
    library = importlib.import_module("aiosmpplib.protocol")
    state = importlib.import_module("aiosmpplib.state")
    sender = state.PhoneNumber(SENDER, ton=state.TON.ALPHANUMERIC, npi=state.NPI.UNKNOWN)
    recipient = state.PhoneNumber(RECIPIENT)

    def write() -> bytes:
        return library.SubmitSm(sequence_num=7, short_message=TEXT, source=sender, destination=recipient).pdu()

    def read(kind: Any, octets: bytes) -> Any:
        return kind.from_pdu(octets, library.SmppMessage.parse_header(octets), "gsm0338")

    return write, lambda: read(library.SubmitSm, SUBMIT), lambda: read(library.DeliverSm, DELIVER)


def bare() -> tuple[Work, Work, Work]:
    """The floor: the octets by `struct` and slices, into a tuple; no type, no check, no error."""
    header, text = struct.Struct(">IIII"), TEXT.encode()

    def write() -> bytes:
        numbers = b"\0\0\0\0\0\0\1\0\0\0" + bytes((len(text),))
        body = b"".join((b"\0\5\0", SENDER.encode(), b"\0\1\1", RECIPIENT.encode(), numbers, text))
        return header.pack(16 + len(body), 4, 0, 7) + body

    def read(octets: bytes) -> tuple[Any, ...]:
        _, command, status, sequence = header.unpack_from(octets)
        first = octets.index(0, 16)
        second = octets.index(0, first + 3)
        third = octets.index(0, second + 3)
        fourth = octets.index(0, third + 4)
        fifth = octets.index(0, fourth + 1)
        end = fifth + 6 + octets[fifth + 5]
        tlvs, at = {}, end
        while at < len(octets):
            tag, length = struct.unpack_from(">HH", octets, at)
            tlvs[tag] = octets[at + 4 : at + 4 + length]
            at += 4 + length
        source, destination = octets[first + 3 : second].decode(), octets[second + 3 : third].decode()
        return command, status, sequence, source, destination, octets[third + 1], octets[fifth + 6 : end], tlvs

    return write, lambda: read(SUBMIT), lambda: read(DELIVER)


CONTENDERS = {
    "bare struct": bare,
    "ours": ours,
    "ours with text": ours_with_text,
    "smpplib": with_smpplib,
    "aiosmpplib": with_aiosmpplib,
}
FIFTH = 0.2
TARGETS = (
    Target("ours", "smpplib", FIFTH),
    Target("ours", "aiosmpplib", FIFTH),
    Target("ours with text", "aiosmpplib", None),
    Target("ours", "bare struct", None),
)


def case_of(work: Work) -> Case:
    def run(count: int) -> None:
        for _ in range(count):
            work()

    return run


def made() -> dict[str, tuple[Work, Work, Work]]:
    found = {}
    for name, make in CONTENDERS.items():
        try:
            found[name] = make()
        except ImportError:
            print(f"{name} is not installed: pip install {name}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--count", type=int, default=2000, help="PDUs of a turn")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    works, told = made(), {}
    for number, job in enumerate(JOBS):
        cases = {name: case_of(work[number]) for name, work in works.items()}
        turns = take_turns(cases, given.count, given.rounds)
        rows = [judged(row, turns) for row in TARGETS if row.floor in turns]
        told[job] = {"cases": turns, "targets": rows}
        if not given.json:
            show(job, turns, rows)
    if given.json:
        print(json.dumps(told))


def show(job: str, turns: dict[str, list[Turn]], rows: list[dict[str, Any]]) -> None:
    print(f"\n{job}")
    for name, found in turns.items():
        cpu = statistics.median(one.cpu for one in found)
        print(f"{name:34}{cpu:9.2f} us of CPU{1e6 / cpu:12,.0f}/s")
    print_targets(rows)


if __name__ == "__main__":
    main()
