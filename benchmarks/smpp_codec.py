"""The SMPP codec against the Python libraries beside it and against a bare `struct` loop, in one run.

Prints PDUs per second of writing a submit_sm, reading one, and reading a deliver_sm with two optional parameters, and
how many times the fastest library that is. "ours with text" also turns the text into GSM septets or back, as aiosmpplib
does. A library that is not installed is left out: `pip install smpplib aiosmpplib`. `--json` for machines.
"""

from __future__ import annotations

import argparse
import importlib
import json
import struct
import time
from collections.abc import Callable
from typing import Any

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
LIBRARIES = ("smpplib", "aiosmpplib")


def rate(work: Work, seconds: float = 0.4) -> float:
    """Calls a second, the best of three, each of about `seconds`."""
    work()
    count, best = 1000, 0.0
    for _ in range(3):
        begun = time.perf_counter()
        for _ in range(count):
            work()
        taken = time.perf_counter() - begun
        best = max(best, count / taken)
        count = max(int(best * seconds), 1000)
    return best


def measured() -> dict[str, dict[str, float]]:
    found = {}
    for name, make in CONTENDERS.items():
        try:
            works = make()
        except ImportError:
            print(f"{name} is not installed: pip install {name}")
            continue
        found[name] = {job: rate(work) for job, work in zip(JOBS, works, strict=True)}
    return found


def ratios(rates: dict[str, dict[str, float]]) -> dict[str, dict[str, float | None]]:
    peers = [rates[name] for name in LIBRARIES if name in rates]
    return {
        name: {job: rates[name][job] / max(peer[job] for peer in peers) if peers else None for job in JOBS}
        for name in ("ours", "ours with text")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rates = measured()
    if arguments.json:
        print(json.dumps({"pdus_per_second": rates, "times_fastest_library": ratios(rates)}))
        return
    print(f"{'':16}" + "".join(f"{job:>20}" for job in JOBS))
    for name, row in rates.items():
        print(f"{name:16}" + "".join(f"{row[job]:>18,.0f}/s" for job in JOBS))
    for name, row in ratios(rates).items():
        against = "".join(f"{'-' if ratio is None else f'{ratio:.1f} x':>20}" for ratio in row.values())
        floor = "".join(f"{rates[name][job] / rates['bare struct'][job]:>18.2f} x" for job in JOBS)
        print(f"\n{name}\n{'  fastest lib':16}{against}\n{'  bare struct':16}{floor}")


if __name__ == "__main__":
    main()
