"""What verifying and reading a Twilio form webhook costs, as a multiple of the naked HMAC and form parsing.

The target of 3 is for `verify_inbound` and `parse_inbound` together. The floor parses the form, signs octets that are
ready and compares. `receive` adds what a host gets around them: size, method, plug-ins, joining of parts, the answer,
the receipt. Every round has a request of its own: a request keeps its parsed form. `--json` for machines.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from turns import Case, Target, judged, print_cases, print_targets, take_turns

from sms_adapters import Client, Registry
from sms_adapters.http import Headers, WebhookRequest
from sms_adapters.signatures import twilio_form_bytes, url_variants, verify_hmac

URL = "https://sms.example.org/c/twilio/8eb23e93/receive"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
FIELDS = {
    "AccountSid": "AC00112233445566778899aabbccddeeff",
    "ApiVersion": "2010-04-01",
    "Body": "Yes, see you at 9. Żółć, naïve café",
    "From": "+12025550123",
    "FromCity": "",
    "FromCountry": "US",
    "FromState": "DC",
    "FromZip": "",
    "MessageSid": "SM5d41402abc4b2a76b9719d911017c592",
    "NumMedia": "0",
    "NumSegments": "1",
    "SmsMessageSid": "SM5d41402abc4b2a76b9719d911017c592",
    "SmsSid": "SM5d41402abc4b2a76b9719d911017c592",
    "SmsStatus": "received",
    "To": "+12025550199",
    "ToCity": "",
    "ToCountry": "US",
    "ToState": "DC",
    "ToZip": "",
}
BODY = urlencode(FIELDS)
SIGNED = (URL + "".join(name + FIELDS[name] for name in sorted(FIELDS))).encode()
SIGNATURE = base64.b64encode(hmac.digest(TOKEN.encode(), SIGNED, "sha1")).decode()
HEADERS = Headers(
    {
        "Host": "sms.example.org",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": "e8f7a1c2",
        "X-Twilio-Signature": SIGNATURE,
    }
)
OCTETS = BODY.encode()
CHANNEL = Registry(installed=False).open(
    "twilio",
    id="8eb23e93",
    config={"account_sid": FIELDS["AccountSid"], "auth_token": TOKEN},
    address=FIELDS["To"],
    country="US",
    public_url="https://sms.example.org",
)
CLIENT = Client()


def naked() -> None:
    """The floor."""
    parse_qsl(BODY, keep_blank_values=True)
    mac = hmac.digest(TOKEN.encode(), SIGNED, "sha1")
    if not hmac.compare_digest(base64.b64encode(mac).decode(), SIGNATURE):
        raise SystemExit("the floor does not verify")


def request() -> WebhookRequest:
    return WebhookRequest("POST", URL, HEADERS, OCTETS)


def verified() -> None:
    """The signature part of `verify_inbound`."""
    fresh = request()
    form = fresh.form()
    messages = (twilio_form_bytes(url, form) for url in url_variants(fresh.url))
    verify_hmac(TOKEN, messages, fresh.headers.get("X-Twilio-Signature"), digest="sha1", encoding="base64")


def adapter() -> None:
    """Both hooks of the adapter, without a client."""
    fresh = request()
    CHANNEL.plugin.adapter.verify_inbound(channel=CHANNEL, request=fresh)
    CHANNEL.plugin.adapter.parse_inbound(channel=CHANNEL, request=fresh)


def received() -> None:
    """All that a host calls."""
    CLIENT.receive(CHANNEL, request()).raise_for_error()


def repeated(job: Callable[[], None]) -> Case:
    """A case that does the job so many times."""

    def run(count: int) -> None:
        for _ in range(count):
            job()

    return run


FLOOR = "naked HMAC and parse_qsl"
CASES = {
    FLOOR: repeated(naked),
    "signature part": repeated(verified),
    "verify_inbound + parse_inbound": repeated(adapter),
    "Client.receive": repeated(received),
}
TARGETS = [Target("verify_inbound + parse_inbound", FLOOR, 3.0), Target("Client.receive", FLOOR, None)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="webhooks in a turn")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    turns = take_turns(CASES, given.count, given.rounds)
    rows = [judged(target, turns) for target in TARGETS]
    if given.json:
        print(json.dumps({"cases": turns, "targets": rows}, indent=2))
        return
    print_cases(turns)
    print_targets(rows)


if __name__ == "__main__":
    main()
