"""How the Python libraries for SMPP take the odd PDUs of `tests/smsc/test_smpp_oddities.py`; no measurement of speed.

A PDU counts as handled where the table says "taken" and the library makes a value of it, with the id, the text and the
sender that the table has (where it does), or where the table says "refused" and it raises an error of its own kind; any
other exception would end the connection or be lost in a log. Two libraries have one package path, so each runs in its
own process: `pip install --target FOLDER smpp-pdu3` (or smpppdu), then `PYTHONPATH=FOLDER python
benchmarks/smpp_odd_pdus.py`. What is not installed is left out. `--list` names what each does not handle.
"""

from __future__ import annotations

import argparse
import importlib
import io
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "smsc"))

from test_smpp_oddities import REFUSED, TAKEN

from sms_adapters.smsc.smpp import SmppError, decode

ANY = object()
NAMES = ("message_id", "short_message", "source_addr", "system_id")


class Library(NamedTuple):
    """How one decodes, which exceptions are its own, and how a field of what it made is read; None if it cannot say."""

    decode: Callable[[bytes], Any]
    own: tuple[type[Exception], ...]
    value: Callable[[Any, str], Any]


def ours() -> Library:
    return Library(decode, (SmppError,), lambda pdu, name: getattr(pdu, name, None))


def smpplib() -> Library:
    smpp, errors = importlib.import_module("smpplib.smpp"), importlib.import_module("smpplib.exceptions")
    client = importlib.import_module("smpplib.client").Client("127.0.0.1", 1)

    def read(octets: bytes) -> Any:
        return smpp.parse_pdu(octets, client=client, allow_unknown_opt_params=True)

    own = (errors.UnknownCommandError, errors.PDUError)
    return Library(read, own, lambda pdu, name: getattr(pdu, name, None))


def aiosmpplib() -> Library:
    protocol = importlib.import_module("aiosmpplib.protocol")
    kinds = importlib.import_module("aiosmpplib.esme").MESSAGE_TYPE_MAP

    def read(octets: bytes) -> Any:
        header = protocol.SmppMessage.parse_header(octets[:16])
        return kinds[header.smpp_command].from_pdu(octets, header, "gsm0338")

    def value(pdu: Any, name: str) -> Any:
        if name == "short_message":
            return ANY  # it is text already
        return pdu.source.number if name == "source_addr" and hasattr(pdu, "source") else getattr(pdu, name, None)

    return Library(read, (ValueError,), value)


def smpp_pdu() -> Library:
    encoding = importlib.import_module("smpp.pdu.pdu_encoding").PDUEncoder()
    own = (importlib.import_module("smpp.pdu.error").SMPPProtocolError,)
    return Library(
        lambda octets: encoding.decode(io.BytesIO(octets)), own, lambda pdu, name: getattr(pdu, "params", {}).get(name)
    )


LIBRARIES = {"ours": ours, "smpplib": smpplib, "aiosmpplib": aiosmpplib, "smpp.pdu": smpp_pdu}


def same(wanted: Any, found: Any) -> bool:
    """Whether two values of a field say one thing: as octets or as text, and nothing as "" or None."""
    if found is ANY:
        return True
    text = [value.decode("latin-1") if isinstance(value, bytes) else value or "" for value in (wanted, found)]
    return text[0] == text[1]


def takes(library: Library, octets: bytes, told: dict[str, Any]) -> bool:
    try:
        pdu = library.decode(octets)
    except Exception:  # whatever it raises, it did not take it
        return False
    return pdu is not None and all(same(told[name], library.value(pdu, name)) for name in NAMES if name in told)


def refuses(library: Library, octets: bytes) -> bool:
    try:
        library.decode(octets)
    except library.own:
        return True
    except Exception:  # a crash is no refusal
        return False
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="name what is not handled")
    given = parser.parse_args()
    logging.disable()
    for name, make in LIBRARIES.items():
        try:
            library = make()
        except ImportError:
            print(f"{name} is not installed")
            continue
        missed = [case for case, octets, told in TAKEN if not takes(library, octets, told)]
        missed += [case for case, octets, *_ in REFUSED if not refuses(library, octets)]
        total = len(TAKEN) + len(REFUSED)
        print(f"{name}: {total - len(missed)} of {total}")
        if given.list:
            print("".join(f"  not handled: {case}\n" for case in missed), end="")


if __name__ == "__main__":
    main()
