"""A service of Twilio's family, simulated after Somleng."""

from __future__ import annotations

from ...kits.twiml_simulator import TwimlSimulator
from ...results import Status
from ...simulation import Fate, Redelivery

__all__ = ["TwimlCompatibleSimulator"]

REFUSALS = {
    Fate.INVALID: (422, "20422", "To is invalid"),
    Fate.OPTED_OUT: (422, "S1007", "This destination is blocked"),
    Fate.THROTTLED: (429, "20429", "Too Many Requests"),
    Fate.UNAVAILABLE: (503, "20503", "Service unavailable"),
}
REFUSED = {
    "no recipient": (422, "20422", "To is missing"),
    "recipient": (422, "20422", "To is invalid"),
    "no sender": (422, "20422", "From is required"),
    "no body": (422, "20422", "Body is missing"),
    "too long": (422, "20422", "Body size cannot be greater than 1600"),
    "validity": (422, "20422", "ValidityPeriod must be less than or equal to 14400"),
    "scheduled without service": (422, "35118", "MessagingServiceSid is required to schedule a message"),
}
WORDS = {
    Status.SENT: ("sent", None),
    Status.DELIVERED: ("delivered", None),
    Status.FAILED: ("failed", None),
    Status.UNDELIVERABLE: ("failed", None),
    Status.EXPIRED: ("failed", "S1001"),
    Status.REJECTED: ("canceled", None),
}

# Somleng's jobs end with any answer; one that had none is tried again as its queue says, 15 times in all.
REDELIVERY = Redelivery(waits=tuple(attempt**4 + 2.0 for attempt in range(1, 15)), any_answer_ends=True)


class TwimlCompatibleSimulator(TwimlSimulator):
    """Ids are UUIDs, codes text, and whatever is wrong with a message is a 422."""

    adapter = "twiml_compatible"
    redelivery = REDELIVERY
    account = "0d8e2f7a-6d1c-4d3a-9f53-1d5c4b3a2f10"
    token = key = "example-auth-token-of-the-clone"  # noqa: S105 - the simulator's own
    validity_seconds = range(1, 14_401)
    unknown_key = (401, "20003", "Authenticate")
    unknown_path = (404, "20404", "The requested resource was not found")
    refusals = REFUSALS
    refused = REFUSED
    words = WORDS
