"""The error codes of UCP/EMI: what each means for a request, in the specification's words.

Source: "EMI-UCP Interface Specification", appendix on error codes; 70 to 99 are the operator's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...results import Reason
from ..dialects import Outcome, Verdict
from .operations import Nack

__all__ = ["ERRORS", "WORDS_OF_04", "outcome_of"]

ERRORS: Mapping[str, tuple[Verdict, str, Reason]] = {
    "01": (Verdict.DEFECT, "checksum error", Reason.UNKNOWN),
    "02": (Verdict.DEFECT, "syntax error", Reason.UNKNOWN),
    "03": (Verdict.REFUSED, "operation not supported by system", Reason.UNKNOWN),
    "04": (Verdict.REFUSED, "operation not allowed", Reason.UNKNOWN),
    "05": (Verdict.REFUSED, "call barring active", Reason.BLOCKED),
    "06": (Verdict.REFUSED, "AdC invalid", Reason.INVALID_RECIPIENT),
    "07": (Verdict.AUTH, "authentication failure", Reason.UNKNOWN),
    "08": (Verdict.AUTH, "legitimisation code for all calls, failure", Reason.UNKNOWN),
    "09": (Verdict.REFUSED, "GA not valid", Reason.UNKNOWN),
    "10": (Verdict.REFUSED, "repetition not allowed", Reason.UNKNOWN),
    "11": (Verdict.AUTH, "legitimisation code for repetition, failure", Reason.UNKNOWN),
    "12": (Verdict.REFUSED, "priority call not allowed", Reason.UNKNOWN),
    "13": (Verdict.AUTH, "legitimisation code for priority call, failure", Reason.UNKNOWN),
    "14": (Verdict.REFUSED, "urgent message not allowed", Reason.UNKNOWN),
    "15": (Verdict.AUTH, "legitimisation code for urgent message, failure", Reason.UNKNOWN),
    "16": (Verdict.REFUSED, "reverse charging not allowed", Reason.UNKNOWN),
    "17": (Verdict.AUTH, "legitimisation code for reverse charging, failure", Reason.UNKNOWN),
    "18": (Verdict.REFUSED, "deferred delivery not allowed", Reason.UNKNOWN),
    "19": (Verdict.AUTH, "new AC not valid", Reason.UNKNOWN),
    "20": (Verdict.REFUSED, "new legitimisation code not valid", Reason.UNKNOWN),
    "21": (Verdict.REFUSED, "standard text not valid", Reason.INVALID_CONTENT),
    "22": (Verdict.REFUSED, "time period not valid", Reason.UNKNOWN),
    "23": (Verdict.REFUSED, "message type not supported by system", Reason.INVALID_CONTENT),
    "24": (Verdict.REFUSED, "message too long", Reason.INVALID_CONTENT),
    "25": (Verdict.REFUSED, "requested standard text not valid", Reason.INVALID_CONTENT),
    "26": (Verdict.REFUSED, "message type not valid for the pager type", Reason.INVALID_CONTENT),
    "27": (Verdict.REFUSED, "message not found in SMSC", Reason.UNKNOWN),
    "28": (Verdict.REFUSED, "invalid character set", Reason.INVALID_CONTENT),
    "30": (Verdict.TEMPORARY, "subscriber hang-up", Reason.UNKNOWN),
    "31": (Verdict.REFUSED, "fax group not supported", Reason.UNKNOWN),
    "32": (Verdict.REFUSED, "fax message type not supported", Reason.UNKNOWN),
    "33": (Verdict.REFUSED, "address already in list", Reason.UNKNOWN),
    "34": (Verdict.REFUSED, "address not in list", Reason.UNKNOWN),
    "35": (Verdict.REFUSED, "list full, cannot add address to list", Reason.UNKNOWN),
    "36": (Verdict.REFUSED, "RPID already in use", Reason.DUPLICATE),
    "37": (Verdict.TEMPORARY, "delivery in progress", Reason.UNKNOWN),
    "38": (Verdict.REFUSED, "message forwarded", Reason.UNKNOWN),
    "50": (Verdict.TEMPORARY, "low network status", Reason.UNKNOWN),
    "55": (Verdict.TEMPORARY, "system error", Reason.UNKNOWN),
}
"""What a code is not in is refused for good, with the operator's own words."""

WORDS_OF_04: tuple[tuple[re.Pattern[str], Verdict], ...] = (
    (
        re.compile(r"too many|throttl|overload|congest|\brate\b|\blimit|window|queue|busy|try (?:again )?later", re.I),
        Verdict.THROTTLED,
    ),
    (re.compile(r"authenti|password|not authori[sz]ed", re.I), Verdict.AUTH),
    (re.compile(r"not (?:logged|bound|open|connected)|no session|log ?in first|bind first", re.I), Verdict.SESSION),
)
"""There is no code for overload: operators put a text beside "operation not allowed", or take a code of their own."""


def outcome_of(answer: Nack) -> Outcome:
    """A negative result in common words; its own text goes before the specification's."""
    verdict, words, reason = ERRORS.get(answer.ec, (Verdict.REFUSED, "", Reason.UNKNOWN))
    text = "/".join((answer.sm, *answer.extra)).rstrip("/").strip()
    if answer.ec == "04" or answer.ec not in ERRORS:
        verdict = next((found for pattern, found in WORDS_OF_04 if pattern.search(text)), verdict)
    return Outcome(verdict, answer.ec, text or words, reason)
