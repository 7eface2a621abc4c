"""Delivery receipts: what a deliver_sm says became of a message, by optional parameters or by its text.

Sources: "Short Message Peer to Peer Protocol Specification v3.4", appendix B, and section 5.2.28 for the states,
https://smpp.org/. The text is only an example there, and SMSCs write it as they like: keys in any case and order,
fields missing, more of them, dates of 10, 12 or 14 digits, letters in `err`, the text in UCS-2. The optional parameters
are preferred. An id may be written otherwise than in the response to the submission (hexadecimal there, decimal here,
with zeros in front): `ids.same_id` compares them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from ...results import Reason, Status
from .base import Pdu
from .codings import ALPHABETS, decode_text
from .contents import content_of

__all__ = ["STATES", "Receipt", "State", "is_receipt", "read_receipt", "receipt_text", "state_of"]

RECEIPT, ACKNOWLEDGEMENTS, INTERMEDIATE = 0x1, (0x2, 0x4), 0x8


class State(NamedTuple):
    """A state of a message: the word of a receipt's text, the code of message_state, and what it means."""

    word: str
    code: int
    status: Status
    reason: Reason | None = None


_STATES = (
    State("SCHEDULED", 0, Status.QUEUED),
    State("ENROUTE", 1, Status.SENT),
    State("DELIVRD", 2, Status.DELIVERED),
    State("EXPIRED", 3, Status.EXPIRED, Reason.EXPIRED),
    State("DELETED", 4, Status.FAILED),
    State("UNDELIV", 5, Status.UNDELIVERABLE),
    # By the specification a person read it for the subscriber, who did not; most SMSCs mean that they have taken it.
    State("ACCEPTD", 6, Status.SENT),
    State("UNKNOWN", 7, Status.UNKNOWN),
    State("REJECTD", 8, Status.REJECTED),
    State("SKIPPED", 9, Status.FAILED),
)

STATES: Mapping[int, State] = {state.code: state for state in _STATES}
"""The states by message_state."""

_WORDS = {state.word: state for state in _STATES} | {
    # Words in full, as some SMSCs write them although the field has seven characters.
    "DELIVERED": STATES[2],
    "UNDELIVERED": STATES[5],
    "UNDELIVERABLE": STATES[5],
    "ACCEPTED": STATES[6],
    "REJECTED": STATES[8],
    "FAILED": State("FAILED", 5, Status.FAILED),
    "BUFFERED": STATES[1],
    "BUFFRED": STATES[1],
}

# An underscore in ASCII is a section sign in the GSM alphabet.
_KEYS = re.compile(r"(?i)(?:^|(?<=[\s,;|]))(id|sub|dlvrd|submit[ _§]?date|done[ _§]?date|stat|err|text)\s*:")
FRAMING = ",;|\"'"
UNIX_DIGITS = 10
"""Such a number that begins with 1 is seconds since 1970, of 2001 to 2033; as a date it would be of 2010 to 2019."""

_DIGITS = re.compile(r"\d{10}(?:\d\d){0,2}", re.ASCII)
_FORMS = {10: ("%y%m%d%H%M",), 12: ("%y%m%d%H%M%S", "%Y%m%d%H%M"), 14: ("%Y%m%d%H%M%S",)}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the message `id`; the SMSC's own words are kept.

    `text_id` is the id of the text where the optional parameter has another. `word` is `stat`, or the state's usual
    word; `error` is `err`, or the three octets of network_error_code as "network:code". Times are naive, for an SMSC
    writes its own local time and does not say which, except seconds since 1970, which are in UTC. `intermediate` is
    true of a notification that is not final.
    """

    id: str | None
    word: str
    state: State | None = None
    text_id: str | None = None
    error: str | None = None
    submitted: datetime | None = None
    done: datetime | None = None
    submitted_parts: str | None = None
    delivered_parts: str | None = None
    text: str = ""
    intermediate: bool = False


def state_of(word: str | int) -> State | None:
    """The state of a receipt's word or of a message_state; None for one that is not known."""
    return STATES.get(word) if isinstance(word, int) else _WORDS.get(word.upper())


def is_receipt(pdu: Pdu) -> bool:
    """Whether esm_class, or receipted_message_id, says that `pdu` is a receipt or an intermediate notification."""
    kind = getattr(pdu, "esm_class", 0) >> 2 & 0xF
    return kind in (RECEIPT, INTERMEDIATE) or pdu.tlv("receipted_message_id") is not None


def read_receipt(pdu: Pdu, alphabets: Mapping[int, str] = ALPHABETS) -> Receipt | None:
    """The receipt in a deliver_sm or data_sm; None where neither text nor optional parameters are one.

    Only `is_receipt` says whether it may be believed: anybody with a handset can send the text of a receipt.
    """
    found = _fields(pdu, alphabets)
    tlv_id, code = pdu.tlv("receipted_message_id"), pdu.tlv("message_state")
    told = str(tlv_id) if tlv_id else found.get("id")
    state = STATES.get(code) if isinstance(code, int) else None
    word = found.get("stat") or (state.word if state else "" if code is None else str(code))
    if not told or not word:
        return None
    return Receipt(
        id=told,
        word=word,
        state=state or state_of(word),
        text_id=found.get("id") if tlv_id and found.get("id") != told else None,
        error=found.get("err") or _network_error(pdu),
        submitted=_time(found.get("submitdate", "")),
        done=_time(found.get("donedate", "")),
        submitted_parts=found.get("sub"),
        delivered_parts=found.get("dlvrd"),
        text=found.get("text", ""),
        intermediate=getattr(pdu, "esm_class", 0) >> 2 & 0xF == INTERMEDIATE,
    )


def receipt_text(
    message_id: str, state: State, *, submitted: datetime, done: datetime, error: str = "000", text: str = ""
) -> bytes:
    """The text of a receipt as the specification's example has it, in ASCII."""
    delivered = "001" if state.status is Status.DELIVERED else "000"
    return (
        f"id:{message_id} sub:001 dlvrd:{delivered} submit date:{submitted:%y%m%d%H%M} done date:{done:%y%m%d%H%M} "
        f"stat:{state.word} err:{error} text:{text[:20]}"
    ).encode("ascii", "replace")


def _fields(pdu: Pdu, alphabets: Mapping[int, str]) -> dict[str, str]:
    content = content_of(pdu)
    # A receipt that is marked to have a header, and has none, may by chance begin with something like one.
    for octets in dict.fromkeys((content.octets, content.udh + content.octets)):
        for text in _readings(octets, getattr(pdu, "data_coding", 0), alphabets):
            found = _split(text)
            if "id" in found or "stat" in found:
                return found
    return {}


def _readings(octets: bytes, data_coding: int, alphabets: Mapping[int, str]) -> tuple[str, ...]:
    """As data_coding has it, and as ASCII and UCS-2: there are SMSCs that leave the submission's value in a receipt."""
    if not octets:
        return ()
    stated = decode_text(octets, data_coding, alphabets).text
    return stated, octets.decode("latin-1"), octets.decode("utf-16-be", "replace")


def _split(text: str) -> dict[str, str]:
    """The fields by their keys, lower case without a space.

    All that follows the first `text:` is the text, except for a `stat:` that did not come before it, and what is
    around that: there are SMSCs that put the text first.
    """
    found: dict[str, str] = {}
    keys = list(_KEYS.finditer(text))
    names = [re.sub("[ _§]", "", key[1].lower()) for key in keys]
    ends = [key.start() for key in keys[1:]] + [len(text)]
    place = 0
    while place < len(keys):
        name, key, end = names[place], keys[place], ends[place]
        place += 1
        if name == "text" and name not in found:
            place = len(keys) if "stat" in found else _behind_text(names, place, found)
            found[name] = text[key.end() : keys[place].start() if place < len(keys) else len(text)]
        else:
            words = text[key.end() : end].split(None, 1)
            found.setdefault(name, words[0].strip(FRAMING) if words else "")
    return found


def _behind_text(names: list[str], place: int, found: Mapping[str, str]) -> int:
    """Where the fields behind a text begin, of which the last `stat` is one; the end where there are none."""
    last = max((at for at in range(place, len(names)) if names[at] == "stat"), default=len(names))
    while last > place and last < len(names) and names[last - 1] not in (*found, *names[last:], "text"):
        last -= 1
    return last


def _network_error(pdu: Pdu) -> str | None:
    octets = pdu.tlv("network_error_code")
    if not isinstance(octets, bytes) or len(octets) != 3:
        return None
    return f"{octets[0]}:{int.from_bytes(octets[1:], 'big')}"


def _time(digits: str) -> datetime | None:
    if not _DIGITS.fullmatch(digits):
        return None
    if len(digits) == UNIX_DIGITS and digits[0] == "1":
        return datetime.fromtimestamp(int(digits), UTC)
    for form in _FORMS[len(digits)]:
        try:
            return datetime.strptime(digits, form)  # noqa: DTZ007 - the zone is not told
        except ValueError:
            continue
    return None
