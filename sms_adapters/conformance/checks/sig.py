"""SIG: proof that a webhook comes from the aggregator."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from ...bodies import Headers
from ...channel import SECRET_PARAMETER
from ...errors import ConfigError, InvalidSignature
from ...http import WebhookRequest
from ...manifest import Capability, Support
from ..check import CheckFailed, Level, NotApplicable, check, expect
from ..genuine import Genuine, fired, genuine, received, shape_of
from ..subject import PUBLIC_URL, Subject
from ..variants import MISSING, Field, fields_of

if TYPE_CHECKING:
    from ...channel import AnyChannel

SIGNED = Capability.SIGNED_WEBHOOKS
MOST_PLACES = 48
INNER_HOST = "10.0.0.7:8000"
PRESENTED = frozenset({"basic", "shared-secret", "source"})
"""Schemes that tell who calls, and cover nothing of what is said."""
OWN_SECRET = "3cret-of-the-channel"  # noqa: S105 - the suite's own


@check("SIG001", Level.SILVER, SIGNED)
def genuine_webhooks_are_accepted(subject: Subject) -> None:
    """A genuine webhook is accepted, and what proved it is told.

    What: Every inbound example and every webhook of the simulator is accepted, and `Receipt.verified` names a scheme.
    Why: A check of the signature that refuses true webhooks is switched off by whoever runs the host.
    Mend: Follow the aggregator's own example of a signature octet by octet: key, encoding, order, the exact URL, the
    raw body; return the `Verified` of one of `sms_adapters.signatures`.
    Exempt: Never.
    """
    for item in genuine(subject):
        receipt = received(item.open(), item.request)
        expect(receipt.error is None, f"{item.name} was refused: {receipt.error}")
        named = receipt.verified.scheme not in ("", "none")
        expect(named, f"{item.name} was accepted, but nothing is said to have proven it")


@check("SIG002", Level.SILVER, SIGNED)
def a_changed_body_is_refused(subject: Subject) -> None:
    """A body in which one octet was changed is refused.

    What: In a genuine webhook of each kind, single octets all along the body are changed, one at a time; each is
    refused as `InvalidSignature`, with no event. For a manifest whose signed_webhooks is "partial", one refusal is
    enough, and none is asked for where the aggregator presents credentials (HTTP Basic) and signs nothing.
    Why: A signature that is computed over a part of the body, or over the body as the adapter understood it, lets a
    stranger write the rest.
    Mend: Sign `request.body` itself, not what was parsed from it. If the aggregator's scheme leaves fields out, say
    so: `signed_webhooks = { support = "partial", note = "..." }`.
    Exempt: Never.
    """
    items = [item for item in _covered(subject) if item.request.body]
    if not items:
        raise NotApplicable("no webhook has a body")
    for item in items:
        channel, body = item.open(), item.request.body
        flipped = [(place, replace(item.request, body=_flipped(body, place))) for place in _places(len(body))]
        if subject.manifest.support(SIGNED) is Support.PARTIAL:
            seen = any(_refused(channel, request) for _, request in flipped)
            expect(seen, f"{item.name} is accepted whichever octet of its body is changed")
            continue
        for place, request in flipped:
            _expect_refused(channel, request, f"{item.name} with octet {place} of {len(body)} changed")


@check("SIG003", Level.SILVER, SIGNED)
def a_missing_or_changed_signature_is_refused(subject: Subject) -> None:
    """Without its signature, with an empty or with a changed one, a webhook is refused.

    What: The headers and parameters that carry the proof are found by leaving each out, or where there is none the
    fields of the body; there has to be one. Left out, empty, or with one character changed, the webhook is refused as
    `InvalidSignature`.
    Why: "No signature, no check" is how most forged webhooks get in; an empty one compares equal to an empty one.
    Mend: Raise `InvalidSignature` for what is missing; compare by `verify_hmac` and its like, never by `==` or a
    prefix.
    Exempt: For signatures that stand in the header beside the one that counts, such as those of an older scheme.
    """
    for item in _one_of_each(genuine(subject)):
        channel = item.open()
        proofs = _proofs(channel, item.request)
        expect(proofs, f"{item.name} is accepted whatever is left out of it: nothing proves where it comes from")
        for field in proofs:
            written = str(field.value)
            if written:
                _expect_refused(channel, field.put(""), f"{item.name} with {field.place} empty")
            for place in _proving_places(written):
                what = f"{item.name} with character {place} of {field.place} changed"
                _expect_refused(channel, field.put(_altered(written, place)), what)


def _proofs(channel: AnyChannel, request: WebhookRequest) -> list[Field]:
    """What cannot be left out of headers and query; where all of them can, what then cannot be left out of the body."""
    outer = [field for field in fields_of(request) if field.place.startswith(("header", "query"))]
    proofs = [field for field in outer if _refused(channel, field.put(MISSING))]
    if proofs:
        return proofs
    bare = replace(request, headers=Headers({"Content-Type": request.headers.get("Content-Type") or ""}))
    return [field for field in fields_of(bare) if _refused(channel, field.put(MISSING))]


def _proving_places(value: str) -> Sequence[int]:
    """The places of the long words: what else is in a header, such as a name or a comma, may not count."""
    found = [place for word in re.finditer(r"[^,;\s\"]{8,}", value) for place in range(*word.span())]
    return [found[at] for at in _places(len(found))] if found else range(len(value))


@check("SIG004", Level.SILVER, SIGNED)
def a_changed_url_is_refused(subject: Subject) -> None:
    """Where the URL is signed, a changed URL is refused.

    What: The query of a webhook without a body is changed, character by character. Where the manifest's `signature`
    names the URL, a parameter is added to each webhook, and it is handed to another of the adapter's actions; all are
    refused as `InvalidSignature`. Of several schemes, separated by semicolons, the one that names a header of the
    webhook counts. It does not apply where the aggregator presents credentials and signs nothing.
    Why: The URL carries the message's id and, in a GET, the whole message; replayed at another action, a text becomes
    a report.
    Mend: Sign `channel.external_url(request)`, with its query, as the aggregator saw it.
    Exempt: Never.
    """
    found = [(item, _signs_url(subject, item.request)) for item in _covered(subject)]
    items = [(item, signed) for item, signed in found if signed or not item.request.body]
    if not items:
        raise NotApplicable("the scheme does not sign the URL")
    for item, signed in items:
        channel = item.open()
        for what, url in _other_urls(subject, item.request, signed=signed):
            _expect_refused(channel, replace(item.request, url=url), f"{item.name} {what}")


def _signs_url(subject: Subject, request: WebhookRequest) -> bool:
    words = subject.manifest.signature.lower()
    schemes = words.split(";")
    own = [scheme for scheme in schemes if any("-" in name and name.lower() in scheme for name in request.headers)]
    return any("url" in scheme for scheme in own or [words])


def _other_urls(subject: Subject, request: WebhookRequest, *, signed: bool) -> Iterator[tuple[str, str]]:
    parts = urlsplit(request.url)
    for place in _places(len(parts.query)) if not request.body or signed else ():
        changed = parts._replace(query=_altered(parts.query, place))
        yield f"with character {place} of the query changed", urlunsplit(changed)
    if signed:
        yield "with a parameter more in the URL", f"{request.url}{'&' if parts.query else '?'}x=1"
        for hook in subject.manifest.webhooks:
            if hook.action != request.action and request.method in hook.methods:
                path = f"{parts.path.rpartition('/')[0]}/{hook.action}"
                yield f"at the action {hook.action}", urlunsplit(parts._replace(path=path))


@check("SIG005", Level.SILVER, SIGNED)
def another_key_is_refused(subject: Subject) -> None:
    """A webhook that is signed with another channel's key is refused.

    What: The secrets and keys of the channel are changed, one at a time, as those of another account would be; with
    at least one of them changed, every genuine webhook is refused.
    Why: A signature that is checked with a key common to all, or with nothing of the channel's, proves nothing: every
    customer of the aggregator can sign for every other.
    Mend: Take the key from `channel.config`, and from nowhere else.
    Exempt: Where the aggregator signs all customers' webhooks with one public key.
    """
    for item in _one_of_each(genuine(subject)):
        changed = list(_with_other_keys(item))
        if not changed:
            raise NotApplicable("the channel has no key: the aggregator signs with one for all")
        held = [name for name, channel in changed if not _unproven(channel, item.request)]
        expect(len(held) < len(changed), f"{item.name} is accepted whatever the channel's {', '.join(held)} may be")


def _with_other_keys(item: Genuine) -> Iterator[tuple[str, AnyChannel]]:
    for name, value in _key_fields(item.open()):
        try:
            yield name, item.open(config={name: value.translate(OTHER)})
        except ConfigError:
            continue


def _unproven(channel: AnyChannel, request: WebhookRequest) -> bool:
    """Whether the key does not fit; that another public key is no key at all will do as well."""
    return isinstance(received(channel, request).error, InvalidSignature | ConfigError)


def _key_fields(channel: AnyChannel) -> Iterator[tuple[str, str]]:
    """The secrets, and the public keys, of the channel's configuration that are set."""
    for name in type(channel.config).model_fields:
        value = getattr(channel.config, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        elif "key" not in name:
            continue
        if value and isinstance(value, str):
            yield name, value


CIRCLES = ("0123456789", "abcdef", "ABCDEF", "ghijklmnopqrstuvwxyz", "GHIJKLMNOPQRSTUVWXYZ")
OTHER = str.maketrans({old: new for row in CIRCLES for old, new in zip(row, row[1:] + row[0], strict=True)})
"""Each letter or digit becomes the next one of its kind: another key in the same form, hexadecimal or base64."""


@check("SIG006", Level.SILVER, SIGNED)
def an_old_signature_is_refused(subject: Subject) -> None:
    """Where the aggregator signs a time, an old webhook is refused.

    What: Genuine webhooks are read with the channel's clock a day later and a day earlier. Where `Verified.signed_at`
    or the manifest's `signature` tells of a time, they are refused as `InvalidSignature`.
    Why: Whoever once saw a webhook, in a log or at a proxy, can deliver it again for ever: an old opt-in, an old
    "delivered".
    Mend: `verify_time(..., channel.clock())` on the time that is signed, and pass it on as `signed_at`.
    Exempt: Never.
    """
    told = re.search(r"\b(time|timestamp|minutes?|seconds?|age)\b", subject.manifest.signature, re.IGNORECASE)
    times = 0
    for item in _one_of_each(genuine(subject)):
        signed_at = received(item.open(), item.request).verified.signed_at
        timed = signed_at is not None
        expect(timed or not told, f"the manifest says that a time is signed, but {item.name} is verified without one")
        for days in (1, -1) if timed else ():
            moment = item.open().clock() + timedelta(days=days)
            away = "a day late" if days > 0 else "a day early"
            _expect_refused(item.open(clock=partial(_the, moment)), item.request, f"{item.name}, {away},")
            times += 1
    if not times:
        raise NotApplicable("the scheme signs no time")


def _the(moment: datetime) -> datetime:
    return moment


@check("SIG007", Level.SILVER, SIGNED)
def a_proxy_does_not_break_the_signature(subject: Subject) -> None:
    """Behind a proxy a genuine webhook is accepted.

    What: Genuine webhooks come as a host behind a proxy sees them: by http, with the name and port of an inner
    machine and without the prefix of the public path; all are accepted, since the channel knows its public URL.
    Why: Nearly every host is behind a proxy that ends TLS. A signature over the URL that the server saw never matches.
    Mend: Use `channel.external_url(request)`, never `request.url` or the Host header.
    Exempt: Never.
    """
    for item in [*genuine(subject), *fired(subject, public_url=f"{PUBLIC_URL}/gateway/v1")]:
        seen = urlsplit(item.request.url)
        path = seen.path[max(seen.path.find("/c/"), 0) :]
        inner = urlunsplit(seen._replace(scheme="http", netloc=INNER_HOST, path=path))
        headers = [pair for pair in item.request.headers.items() if pair[0].lower() != "host"]
        request = replace(item.request, url=inner, headers=Headers([*headers, ("Host", INNER_HOST)]))
        receipt = received(item.open(), request)
        expect(receipt.error is None, f"{item.name}, as it is seen behind a proxy, was refused: {receipt.error}")


@check("SIG008", Level.SILVER, SIGNED)
def the_signature_is_checked_first(subject: Subject) -> None:
    """The signature is checked before anything is read.

    What: Genuine webhooks are given bodies that cannot be read: cut, empty, octets of no charset, nested very deep.
    Each is refused as `InvalidSignature` with 403, not as malformed. It does not apply where the aggregator presents
    credentials and signs nothing.
    Why: A parser that runs before the check is open to everybody; and an answer that tells malformed from unsigned
    tells a stranger how far he got.
    Mend: In `verify_inbound`, use the raw body. Where the scheme signs form fields, a body that is no form cannot be
    proven: raise `InvalidSignature` for it.
    Exempt: Never.
    """
    for item in _covered(subject):
        channel, body = item.open(), item.request.body
        for what, octets in {**UNREADABLE, "a cut body": body[: len(body) // 2]}.items() if body else ():
            _expect_refused(channel, replace(item.request, body=octets), f"{item.name} with {what}")


@check("SIG009", Level.SILVER, SIGNED)
def without_a_key_nothing_is_trusted(subject: Subject) -> None:
    """Without a key there is no trust.

    What: The keys of the channel that webhooks are signed with are left out and emptied, one at a time. The channel
    cannot be opened, or the webhook is refused, or it is accepted without a scheme in `Receipt.verified`.
    Why: An optional signing key that nobody filled in is the usual state of a channel; a check that then says
    "verified" is worse than none.
    Mend: Make the key required, or raise `ConfigError` in `verify_inbound` where it is missing.
    Exempt: Never.
    """
    for item in _one_of_each(genuine(subject)):
        signing = [name for name, channel in _with_other_keys(item) if _unproven(channel, item.request)]
        for name in signing:
            for state, value in (("empty", ""), ("missing", None)):
                try:
                    receipt = received(item.open(config={name: value}), item.request)
                except ConfigError:
                    continue
                scheme = receipt.verified.scheme if receipt.error is None else "none"
                what = f"{item.name} counts as proven by {scheme}, while the channel's {name} is {state}"
                expect(scheme == "none", what)


@check("SIG010", Level.SILVER, http=True)
def the_manifest_tells_how_webhooks_are_signed(subject: Subject) -> None:
    """The manifest tells how webhooks are signed, or that they are not.

    What: With signed_webhooks, the manifest's `signature` describes the scheme; without, it begins with "none".
    Why: Whoever runs a host has to know whether anybody can write to a webhook, and whether a callback secret is
    needed.
    Mend: Write the scheme into `signature`, as algorithm, what is signed, and the header; or "none: ..." with what
    stands in for it.
    Exempt: Never.
    """
    if not subject.manifest.webhooks:
        raise NotApplicable("the adapter has no webhooks")
    told, signed = subject.manifest.signature.strip(), subject.manifest.offers(SIGNED)
    none = not told or told.lower().startswith("none")
    expect(not (signed and none), f"the manifest offers signed_webhooks, but its signature is {told!r}")
    expect(signed or none, f"the manifest does not offer signed_webhooks, but its signature is {told!r}")


@check("SIG011", Level.SILVER, http=True)
def the_callback_secret_is_asked_for(subject: Subject) -> None:
    """A channel's callback secret comes back with every webhook, and is asked for.

    What: A channel with a callback secret sends a message, and gets the reports and messages of the simulator at the
    URLs that it gave. They are accepted; without the secret, or with another, they are refused as `InvalidSignature`.
    Why: Where the aggregator signs nothing, the secret in the URL is all that keeps strangers out. An adapter that
    builds callback URLs by itself leaves it out, and every report is refused.
    Mend: Make every callback URL by `channel.callback_url(...)`.
    Exempt: Never.
    """
    if not subject.manifest.webhooks:
        raise NotApplicable("the adapter has no webhooks")
    for item in fired(subject, callback_secret=OWN_SECRET):
        channel = item.open()
        receipt = received(channel, item.request)
        expect(receipt.error is None, f"{item.name} was refused, with the callback secret: {receipt.error}")
        proofs = [field for field in fields_of(item.request) if field.place == f"query {SECRET_PARAMETER}"]
        for value, state in ((MISSING, "without"), ("", "with an empty"), (OWN_SECRET[::-1], "with another")):
            for field in proofs:
                _expect_refused(channel, field.put(value), f"{item.name} {state} callback secret")


UNREADABLE = {
    "no body": b"",
    "octets in no charset": b"\xff\xfe%FF%",
    "a body nested very deep": b"[" * 20_000,
    "a body of 5000 fields": b"a=1&" * 5000,
}


def _one_of_each(items: Sequence[Genuine]) -> list[Genuine]:
    return list({shape_of(item.request): item for item in items}.values())


def _covered(subject: Subject) -> list[Genuine]:
    """One webhook of each kind whose proof covers the body, which a manifest that says "full" says of all."""
    items = _one_of_each(genuine(subject))
    if subject.manifest.support(SIGNED) is not Support.PARTIAL:
        return items
    found = [item for item in items if received(item.open(), item.request).verified.scheme not in PRESENTED]
    if not found:
        raise NotApplicable("the aggregator presents credentials, and signs nothing")
    return found


def _places(length: int) -> range:
    """Places all along a text, at most MOST_PLACES of them."""
    return range(0, length, max(1, length // MOST_PLACES))


def _flipped(body: bytes, place: int) -> bytes:
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def _altered(text: str, place: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]


def _refused(channel: AnyChannel, request: WebhookRequest) -> bool:
    return isinstance(received(channel, request).error, InvalidSignature)


def _expect_refused(channel: AnyChannel, request: WebhookRequest, what: str) -> None:
    receipt = received(channel, request)
    if receipt.error is None:
        raise CheckFailed(f"{what} was accepted as genuine")
    named = type(receipt.error).__name__
    expect(isinstance(receipt.error, InvalidSignature), f"{what} has to be an InvalidSignature; it is {named}")
    status, count = receipt.response.status, len(receipt.events)
    expect(status == 403 and not count, f"{what} was answered {status} and brought {count} events")
