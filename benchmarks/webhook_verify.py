"""What verifying and reading a Twilio form webhook costs, as a multiple of the naked HMAC and form parsing.

Prints microseconds of CPU for each, the best of seven runs taken in turns, and their ratio; the budget of 3 is for
`verify_inbound` and `parse_inbound` together. The floor parses the form, signs octets that are ready and compares.
`receive` adds what a host gets around them: size, method, plug-ins, joining of parts, the answer, the receipt. Every
round has a request of its own: a request keeps its parsed form. `--json` for machines.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from sms_adapters import Client, Registry
from sms_adapters.http import Headers, WebhookRequest
from sms_adapters.signatures import twilio_form_bytes, url_variants, verify_hmac

URL = "https://sms.example.org/c/twilio/8eb23e93/receive"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
BUDGET = 3.0
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


CASES: dict[str, Callable[[], None]] = {
    "naked HMAC and parse_qsl": naked,
    "signature part": verified,
    "verify_inbound + parse_inbound": adapter,
    "Client.receive": received,
}


def cost(job: Callable[[], None], rounds: int) -> float:
    """CPU microseconds a call."""
    start = time.process_time()
    for _ in range(rounds):
        job()
    return (time.process_time() - start) / rounds * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    runs = [[cost(job, arguments.rounds) for job in CASES.values()] for _ in range(7)]
    best = [min(column) for column in zip(*runs, strict=True)]
    ratios = [value / best[0] for value in best]
    if arguments.json:
        rows = zip(CASES, best, ratios, strict=True)
        found = {name: {"microseconds": round(value, 2), "ratio": round(ratio, 3)} for name, value, ratio in rows}
        print(json.dumps({"budget": BUDGET, "cases": found}))
        return
    for name, value, ratio in zip(CASES, best, ratios, strict=True):
        print(f"{name:32}{value:7.1f} us   x {ratio:5.2f}")
    print(f"budget of verify_inbound + parse_inbound: {BUDGET}")


if __name__ == "__main__":
    main()
