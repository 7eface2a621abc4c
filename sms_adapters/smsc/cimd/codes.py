"""The error codes of CIMD2 (parameter 900): what each means for a request, in the specification's words.

Source: "CIMD Interface Specification" of the Nokia SMS Center, appendix on error codes.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...results import Reason
from ..dialects import OK, Outcome, Verdict
from .content import number_of
from .packets import Nack
from .parameters import PARAMETERS, Packet

__all__ = ["ERRORS", "outcome_of"]

ERRORS: Mapping[int, tuple[Verdict, str, Reason]] = {
    1: (Verdict.SESSION, "unexpected operation", Reason.UNKNOWN),
    2: (Verdict.DEFECT, "syntax error", Reason.UNKNOWN),
    3: (Verdict.DEFECT, "unsupported parameter error", Reason.UNKNOWN),
    4: (Verdict.TEMPORARY, "connection to SMS Center lost", Reason.UNKNOWN),
    5: (Verdict.TEMPORARY, "no response from SMS Center", Reason.UNKNOWN),
    6: (Verdict.TEMPORARY, "general system error", Reason.UNKNOWN),
    7: (Verdict.REFUSED, "cannot find information", Reason.UNKNOWN),
    8: (Verdict.DEFECT, "parameter formatting error", Reason.UNKNOWN),
    9: (Verdict.REFUSED, "requested operation failed", Reason.UNKNOWN),
    10: (Verdict.THROTTLED, "temporary congestion error", Reason.UNKNOWN),
    100: (Verdict.AUTH, "invalid login", Reason.UNKNOWN),
    101: (Verdict.AUTH, "incorrect access type", Reason.UNKNOWN),
    102: (Verdict.AUTH, "too many users with this login id", Reason.UNKNOWN),
    103: (Verdict.AUTH, "login refused by SMS Center", Reason.UNKNOWN),
    104: (Verdict.DEFECT, "invalid window size", Reason.UNKNOWN),
    105: (Verdict.DEFECT, "windowing disabled", Reason.UNKNOWN),
    106: (Verdict.AUTH, "virtual SMS Center based barring", Reason.UNKNOWN),
    107: (Verdict.AUTH, "invalid subaddress", Reason.UNKNOWN),
    108: (Verdict.AUTH, "alias account, login refused", Reason.UNKNOWN),
    300: (Verdict.REFUSED, "incorrect destination address", Reason.INVALID_RECIPIENT),
    301: (Verdict.REFUSED, "incorrect number of destination addresses", Reason.INVALID_RECIPIENT),
    302: (Verdict.REFUSED, "syntax error in user data parameter", Reason.INVALID_CONTENT),
    303: (Verdict.REFUSED, "incorrect bin/head/normal user data parameter combination", Reason.INVALID_CONTENT),
    304: (Verdict.REFUSED, "incorrect data coding scheme parameter usage", Reason.INVALID_CONTENT),
    305: (Verdict.REFUSED, "incorrect validity period parameters usage", Reason.UNKNOWN),
    306: (Verdict.REFUSED, "incorrect originator address usage", Reason.INVALID_SENDER),
    307: (Verdict.REFUSED, "incorrect PID parameter usage", Reason.UNKNOWN),
    308: (Verdict.REFUSED, "incorrect first delivery parameter usage", Reason.UNKNOWN),
    309: (Verdict.REFUSED, "incorrect reply path usage", Reason.UNKNOWN),
    310: (Verdict.REFUSED, "incorrect status report request parameter usage", Reason.UNKNOWN),
    311: (Verdict.REFUSED, "incorrect cancel enabled parameter usage", Reason.UNKNOWN),
    312: (Verdict.REFUSED, "incorrect priority parameter usage", Reason.UNKNOWN),
    313: (Verdict.REFUSED, "incorrect tariff class parameter usage", Reason.UNKNOWN),
    314: (Verdict.REFUSED, "incorrect service description parameter usage", Reason.UNKNOWN),
    315: (Verdict.REFUSED, "incorrect transport type parameter usage", Reason.UNKNOWN),
    316: (Verdict.REFUSED, "incorrect message type parameter usage", Reason.UNKNOWN),
    318: (Verdict.REFUSED, "incorrect MMs parameter usage", Reason.UNKNOWN),
    319: (Verdict.REFUSED, "incorrect operation timer parameter usage", Reason.UNKNOWN),
    320: (Verdict.REFUSED, "incorrect dialogue id parameter usage", Reason.UNKNOWN),
    321: (Verdict.REFUSED, "incorrect alpha originator address usage", Reason.INVALID_SENDER),
    322: (Verdict.REFUSED, "invalid data for alpha numeric originator", Reason.INVALID_SENDER),
    323: (Verdict.REFUSED, "online closed user group rejection", Reason.BLOCKED),
    324: (Verdict.THROTTLED, "licence exceeded", Reason.UNKNOWN),
    400: (Verdict.REFUSED, "incorrect address parameter usage", Reason.INVALID_RECIPIENT),
    401: (Verdict.REFUSED, "incorrect scts parameter usage", Reason.UNKNOWN),
    500: (Verdict.REFUSED, "incorrect scts parameter usage", Reason.UNKNOWN),
    501: (Verdict.REFUSED, "incorrect mode parameter usage", Reason.UNKNOWN),
    502: (Verdict.REFUSED, "incorrect parameter combination", Reason.UNKNOWN),
    600: (Verdict.REFUSED, "incorrect scts parameter usage", Reason.UNKNOWN),
    601: (Verdict.REFUSED, "incorrect address parameter usage", Reason.INVALID_RECIPIENT),
    602: (Verdict.REFUSED, "incorrect mode parameter usage", Reason.UNKNOWN),
    603: (Verdict.REFUSED, "incorrect parameter combination", Reason.UNKNOWN),
    800: (Verdict.REFUSED, "changing password failed", Reason.UNKNOWN),
    801: (Verdict.REFUSED, "changing password not allowed", Reason.UNKNOWN),
    900: (Verdict.REFUSED, "unsupported item requested", Reason.UNKNOWN),
}
"""What a code is not in is refused for good, with the centre's own words."""

POSITIVE = (0, 700)
"""No error, and delivered."""

NACK = Outcome(Verdict.OUT_OF_STEP, "99", "nack: wrong checksum or packet number")
"""A centre that sends it has read nothing of the request; its number is the one that it expects."""


def outcome_of(answer: Packet) -> Outcome:
    """A response in common words; its own text goes before the specification's."""
    if isinstance(answer, Nack):
        return NACK
    written = next(iter(answer.all(PARAMETERS["error"])), None)
    code = number_of(written)
    if written is None or code in POSITIVE:
        return OK
    text = next(iter(answer.all(PARAMETERS["error_text"])), "")
    verdict, words, reason = ERRORS.get(code if code is not None else -1, (Verdict.REFUSED, "", Reason.UNKNOWN))
    return Outcome(verdict, written if code is None else str(code), text or words, reason)
