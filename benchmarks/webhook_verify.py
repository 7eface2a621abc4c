"""What verifying a Twilio form webhook costs, as a multiple of the naked HMAC and form parsing.

Run: python benchmarks/webhook_verify.py [rounds]. Prints microseconds of CPU for each, the best of seven runs taken in
turns, and their ratio; the budget is 3. The floor parses the form, signs octets that are ready and compares.
"""

from __future__ import annotations

import base64
import hmac
import sys
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

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


def naked() -> None:
    """The floor."""
    parse_qsl(BODY, keep_blank_values=True)
    mac = hmac.digest(TOKEN.encode(), SIGNED, "sha1")
    if not hmac.compare_digest(base64.b64encode(mac).decode(), SIGNATURE):
        raise SystemExit("the floor does not verify")


def verified() -> None:
    """The signature part of an adapter's `verify_inbound`, on a request of its own: a request keeps its parsed form."""
    request = WebhookRequest("POST", URL, HEADERS, OCTETS)
    form = request.form()
    messages = (twilio_form_bytes(url, form) for url in url_variants(request.url))
    verify_hmac(TOKEN, messages, request.headers.get("X-Twilio-Signature"), digest="sha1", encoding="base64")


def cost(job: Callable[[], None], rounds: int) -> float:
    """CPU microseconds a call."""
    start = time.process_time()
    for _ in range(rounds):
        job()
    return (time.process_time() - start) / rounds * 1e6


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    runs = [(cost(naked, rounds), cost(verified, rounds)) for _ in range(7)]
    floor, ours = (min(column) for column in zip(*runs, strict=True))
    print(f"naked HMAC and parse_qsl   {floor:7.1f} us")
    print(f"verify (signature part)    {ours:7.1f} us")
    print(f"ratio                      {ours / floor:7.2f}    budget {BUDGET}")


if __name__ == "__main__":
    main()
