"""Twilio's side, simulated."""

from __future__ import annotations

from typing import Any

from ...kits.twiml_simulator import TwimlSimulator
from ...results import Status
from ...simulation import Fate, Redelivery, SimulatedMessage

__all__ = ["TwilioSimulator"]

REFUSALS = {
    Fate.INVALID: (400, 21211, "Invalid 'To' Phone Number"),
    Fate.OPTED_OUT: (400, 21610, "Attempt to send to unsubscribed recipient"),
    Fate.THROTTLED: (429, 20429, "Too Many Requests"),
    Fate.UNAVAILABLE: (503, 20503, "Service unavailable"),
}
REFUSED = {
    "no recipient": (400, 21604, "A 'To' phone number is required."),
    "recipient without plus": (400, 21211, "Invalid 'To' Phone Number"),
    "no sender": (400, 21603, "A 'From' or 'MessagingServiceSid' parameter is required to send a message"),
    "no content": (400, 21602, "Message body is required"),
    "too long": (400, 21617, "The concatenated message body exceeds the 1600 character limit"),
    "too many media": (400, 21623, "Number of media files exceeds allowed limit"),
    "validity": (400, 21624, "Invalid validity period value"),
    "scheduled without service": (400, 35118, "MessagingServiceSid is required to schedule a message"),
}
WORDS = {
    Status.SENT: ("sent", None),
    Status.DELIVERED: ("delivered", None),
    Status.UNDELIVERABLE: ("undelivered", "30005"),
    Status.FAILED: ("failed", "30008"),
    Status.EXPIRED: ("failed", "30036"),
    Status.REJECTED: ("canceled", None),
}


REDELIVERY = Redelivery(
    waits=(1,),
    any_answer_ends=True,
)


class TwilioSimulator(TwimlSimulator):
    """Sids are 34 characters that begin with SM or MM; codes are numbers."""

    adapter = "twilio"
    redelivery = REDELIVERY
    account = "AC00112233445566778899aabbccddeeff"
    token = key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - the simulator's own
    refusals = REFUSALS
    refused = REFUSED
    words = WORDS

    def sid(self, *, media: bool = False) -> str:
        """SM or, with media, MM, and 32 hexadecimal digits."""
        return f"{'MM' if media else 'SM'}{self.serial():032x}"

    def resource(self, message: SimulatedMessage) -> dict[str, Any]:
        """The error code is a number."""
        values = super().resource(message)
        return {**values, "error_code": values["error_code"] and int(values["error_code"])}
