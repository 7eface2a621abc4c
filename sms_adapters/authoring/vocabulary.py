"""What aggregators call things: names of members, and words in error codes, to what they mean.

The names are those of the APIs whose adapters are in this package, and of descriptions that vendors publish.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from .openapi import Leaf

__all__ = ["ROLES", "best", "meaning_of", "plain"]

NAMES: Mapping[str, str] = {
    "to": (
        "to recipient recipients destination destinationnumber destinationaddress tonumber phonenumber phonenumbers"
        " receiver receiveraddress msisdn msisdns mobile mobilenumber mobiles phone phones numbers number dest gsm"
    ),
    "sender": (
        "from sender senderid sendername senderaddress source sourcenumber sourceaddress originator fromnumber"
        " fromaddress shortcode originatingaddress src"
    ),
    "text": ("text message body content msg messagetext textmessage smstext messagebody smsbody messagecontent sms"),
    "reference": (
        "reference messageref clientref clientreference customref customid externalid externalreference"
        " clientmessageid correlationid userref refid foreignid"
    ),
    "report": (
        "callbackurl callback dlrurl statuscallback statuscallbackurl deliveryreporturl notifyurl notificationurl"
        " webhookurl whendelivered dlrcallback dlrcallbackurl reporturl deliveryurl statusurl"
    ),
    "report_flag": "deliveryreport deliveryreports dlr deliveryreceipt requestdeliveryreport registereddelivery",
    "id": "messageid smsid msgid messagesid sid id uuid guid requestid transactionid batchid trackingid",
    "code": "errorcode code errcode errorid statuscode error type status",
    "words": ("errormessage message errordescription description detail details msg reason title error errors"),
    "username": "username user login account accountid clientid userid apiuser",
    "password": "password pass pwd passwd apipassword secret apisecret",
}
"""Role to the names it goes by, likeliest first."""
ROLES: Mapping[str, Sequence[str]] = {role: names.split() for role, names in NAMES.items()}

MEANINGS: Sequence[tuple[str, str]] = (
    ("AuthError", r"auth|credential|forbidden|api_?key|token|login|permission"),
    ("Throttled", r"throttl|rate_?limit|too_?many|flood|quota"),
    ("Reason.NO_CREDIT", r"credit|balance|fund|payment"),
    ("Reason.OPTED_OUT", r"opt_?(ed_?)?out|unsubscri|stop(ped)?_|blocklist|do_?not_?(contact|disturb)"),
    ("Reason.BLOCKED", r"black_?list|blocked|spam|fraud"),
    ("Reason.DUPLICATE", r"duplicat"),
    ("Reason.NO_ROUTE", r"route|unroutable|unsupported_?(country|destination)"),
    ("Reason.INVALID_SENDER", r"sender|source|originator|from"),
    ("Reason.INVALID_RECIPIENT", r"recipient|destination|msisdn|phone|number|receiver|\bto\b"),
    ("Reason.INVALID_CONTENT", r"text|body|content|message|length|encoding"),
    ("Reason.SUSPENDED", r"suspend|disabled|inactive"),
    ("TemporaryFailure", r"unavailable|maintenance|try_?again|temporar"),
)


def plain(name: str) -> str:
    """A name as the tables have it: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def best(role: str, leaves: Iterable[Leaf], *, beside: Leaf | None = None) -> Leaf | None:
    """The leaf that most likely has a role: by its name, near `beside` where that is given, then the shallowest."""
    names = {name: place for place, name in enumerate(ROLES[role])}
    found = [leaf for leaf in leaves if plain(leaf.name) in names]
    parent = None if beside is None else _parent(beside)
    return min(
        found,
        key=lambda leaf: (
            parent is not None and _parent(leaf) != parent,
            not leaf.required,
            len(leaf.path),
            names[plain(leaf.name)],
        ),
        default=None,
    )


def _parent(leaf: Leaf) -> tuple[str | int, ...]:
    """Where the member stands, without the position in a list of its own."""
    path = leaf.path[:-1] if isinstance(leaf.path[-1], int) else leaf.path
    return path[:-1]


def meaning_of(code: str) -> str | None:
    """What an error code means by the words in it, as a name in the adapter's table; None if they say nothing."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", code).lower().replace("-", "_").replace(".", "_")
    return next((meaning for meaning, pattern in MEANINGS if re.search(pattern, words)), None)
