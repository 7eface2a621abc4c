"""Wireshark's dissectors as judges of octets: SMPP, UCP and CIMD2, one frame after the other."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from defusedxml import ElementTree
from processes import Unavailable, install, program

PORTS = {"smpp": 2775, "ucp": 5000, "cimd": 9971}
"""The ports that the frames pretend to go to; the protocol is told to tshark, so they mean nothing."""

_COMPLAINTS = ("malformed", "unreassembled", "expert.severity")
_HARMLESS = {"Chat", "Note", "Comment"}


@dataclass(slots=True)
class Dissected:
    """What the dissector saw in one frame: the fields by name, each with what is shown and its octets."""

    fields: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    summary: str = ""

    def shown(self, name: str) -> list[str]:
        """The values of a field as tshark shows them."""
        return [show for show, _ in self.fields.get(name, [])]

    def octets(self, name: str) -> list[bytes]:
        """The octets of a field, each time it comes."""
        return [value for _, value in self.fields.get(name, [])]


def need_tshark() -> None:
    """Install tshark where it is missing; Unavailable if it cannot be had."""
    missing = [name for name in ("tshark", "text2pcap") if program(name) is None]
    if missing:
        install(missing, ["tshark"])
    if still := [name for name in ("tshark", "text2pcap") if program(name) is None]:
        raise Unavailable(f"{', '.join(still)} is missing although the package is installed")


@contextmanager
def judge() -> Iterator[None]:
    """tshark, for `peers.peer`."""
    need_tshark()
    yield


def dissect(frames: Sequence[bytes], protocol: str, place: Path, *, to_client: bool = False) -> list[Dissected]:
    """What Wireshark says of each frame, sent as a TCP segment of its own; files go to `place`."""
    capture, port = place / f"{protocol}.pcap", PORTS[protocol]
    ports = f"{port},40000" if to_client else f"40000,{port}"
    dump = "\n".join(_hexdump(frame) for frame in frames)
    _run(["text2pcap", "-q", "-T", ports, "-", str(capture)], place, dump)
    as_protocol = ["-d", f"tcp.port=={port},{protocol}", "-o", "tcp.check_checksum:FALSE"]
    # Reassembly off: a frame that says it is longer than it is must not borrow from the next.
    alone = ["-o", "tcp.desegment_tcp_streams:FALSE"]
    pdml = _run(["tshark", "-r", str(capture), *as_protocol, *alone, "-T", "pdml"], place)
    columns = ["-T", "fields", "-e", "_ws.col.Info"]
    info = _run(["tshark", "-r", str(capture), *as_protocol, *alone, *columns], place).splitlines()
    packets = ElementTree.fromstring(pdml).iter("packet")
    return [_dissected(packet, line) for packet, line in zip(packets, info, strict=True)]


def _dissected(packet: ElementTree.Element, summary: str) -> Dissected:
    found = Dissected(summary=summary)
    for element in packet.iter():
        name, show = element.get("name", ""), element.get("show", "")
        if any(word in name for word in _COMPLAINTS) and element.get("showname", "").split(" ")[-1] not in _HARMLESS:
            found.complaints.append(element.get("showname") or show or name)
        found.fields.setdefault(name, []).append((show, _octets(element.get("value", ""))))
    return found


def _octets(value: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except ValueError:
        return b""


def _hexdump(frame: bytes) -> str:
    lines = (f"{at:06x} {frame[at : at + 16].hex(' ')}" for at in range(0, len(frame), 16))
    return "\n".join(lines) + "\n"


def _run(command: Sequence[str], home: Path, text: str = "") -> str:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(command, input=text, text=True, capture_output=True, env=environment, errors="replace")
    if ran.returncode:
        raise Unavailable(f"{command[0]} failed: {ran.stderr.strip()[-300:]}")
    return ran.stdout
