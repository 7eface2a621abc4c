"""MAN: what the manifest says can be relied on without importing the adapter."""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from ...errors import SmsError
from ...hookspecs import SPEC_VERSION
from ...ids import MATCHES
from ...manifest import Capability, Kind, Support
from ...network import literal
from ...phone import WireForm
from ...simulation import SimulatedAccount
from ..check import CheckFailed, Level, NotApplicable, check, expect
from ..subject import Subject

WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
URL_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
COUNTRY = re.compile(r"[A-Z]{2}|\*")
HOST = re.compile(r"[a-z0-9*?.-]+")
METHODS = frozenset({"GET", "POST", "PUT"})
UNITS = frozenset(
    {"characters", "octets", "segments", "messages", "requests", "recipients", "media", "connections", "submissions"}
)
PER = frozenset({"", "request", "message", "second", "minute", "hour", "day", "month", "connection"})
REGISTRIES = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org"})
"""Labels below which others register names in a country's domain, such as co.uk."""

INCOMING = (Capability.INBOUND, Capability.INBOUND_MEDIA, Capability.OPT_OUT_EVENTS, Capability.DELIVERY_REPORTS)


@check("MAN001", Level.BRONZE)
def names_fit_urls(subject: Subject) -> None:
    """Id and aliases are words that fit a URL and a Python package.

    What: the id is a lower-case word of letters, digits and underscores; aliases may have hyphens, too, and none
    repeats the id.
    Why: both stand in webhook URLs, file names and entry points; a name that has to be quoted in one of them leads to
    webhooks that answer 404.
    Mend: rename the folder or the entry point, and `adapter.id` with it; put the old name into `adapter.aliases`.
    Exempt: never.
    """
    found = subject.manifest
    expect(WORD.fullmatch(found.id), f"adapter.id is {found.id!r}, not a lower-case word of letters, digits and _")
    for alias in found.aliases:
        expect(
            URL_NAME.fullmatch(alias), f"the alias {alias!r} does not fit a URL: lower-case letters, digits, _ and -"
        )
    names = (found.id, *found.aliases)
    expect(len(set(names)) == len(names), f"a name is given twice: {', '.join(names)}")


@check("MAN002", Level.BRONZE)
def written_for_this_specification(subject: Subject) -> None:
    """The adapter is written for a specification that this package knows.

    What: `adapter.spec_version` is "major.minor", of the same major version and of no later minor one.
    Why: an adapter of a later minor version counts on hooks or fields that the host's package does not have, and
    fails when the first message needs them.
    Mend: update sms-adapters, or state the version that the adapter was tried with.
    Exempt: never.
    """
    given = subject.manifest.spec_version
    expect(re.fullmatch(r"\d+\.\d+", given), f"adapter.spec_version is {given!r}, not of the form {SPEC_VERSION!r}")
    ours, theirs = _version(SPEC_VERSION), _version(given)
    expect(
        theirs[0] == ours[0] and theirs <= ours, f"written for specification {given}, this package has {SPEC_VERSION}"
    )


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


@check("MAN003", Level.BRONZE)
def rules_are_known(subject: Subject) -> None:
    """Rules for numbers, ids, texts and countries are ones that this package knows.

    What: wire forms of numbers, `id_match`, country codes and `max_chars` have values that mean something.
    Why: a misspelt rule is used as late as with the first message or report that needs it, and fails there: in
    production, for numbers of one country only.
    Mend: docs/manifest.md lists the values of each key.
    Exempt: never.
    """
    found, forms = subject.manifest, [form.value for form in WireForm]
    for name in ("recipient", "sender", "inbound"):
        value = getattr(found.numbers, name)
        expect(value in forms, f"numbers.{name} is {value!r}, not one of {', '.join(forms)}")
    expect(found.id_match in MATCHES, f"adapter.id_match is {found.id_match!r}, not one of {', '.join(MATCHES)}")
    most = found.text.max_chars
    expect(type(most) is int and most >= 0, f"text.max_chars is {most!r}, not a number of characters")
    expect(found.countries, "adapter.countries is empty: name ISO 3166-1 alpha-2 codes, or '*'")
    for code in found.countries:
        expect(COUNTRY.fullmatch(code), f"the country {code!r} is neither two capital letters nor '*'")


@check("MAN004", Level.BRONZE, http=True)
def own_hosts_are_named(subject: Subject) -> None:
    """The aggregator's own host is named, and is the default.

    What: where `base_url` has a default, it is https and its host is one of `adapter.hosts`.
    Why: the network policy lets the aggregator's own hosts pass and guards all others; a list that does not hold the
    real host says nothing about where messages and credentials go.
    Mend: add the host of the default `base_url` to `adapter.hosts`.
    Exempt: never.
    """
    default = str(subject.plugin.config.model_json_schema()["properties"].get("base_url", {}).get("default") or "")
    if not default:
        raise NotApplicable("base_url has no default: whoever configures the channel names the host")
    parts, hosts = urlsplit(default), subject.manifest.hosts
    expect(parts.scheme == "https", f"the default base_url is {default!r}, not https")
    own = any(fnmatchcase(parts.hostname or "", pattern) for pattern in hosts)
    expect(own, f"the host of the default base_url, {parts.hostname!r}, is none of {', '.join(hosts) or 'no hosts'}")


@check("MAN005", Level.BRONZE, http=True)
def hosts_let_in_no_stranger(subject: Subject) -> None:
    """The hosts that pass the network policy are the aggregator's alone.

    What: each of `adapter.hosts` is a name in lower case, without scheme, port or path; behind a wildcard stands a
    whole domain of the aggregator's, `*.example.com` and not `*example.com` or `*.com`; none is an address.
    Why: what matches is not checked any further, so that a pattern too wide lets whoever edits a channel reach the
    host's own network, or send the credentials to a domain that anybody can register.
    Mend: write the hosts out, or put the wildcard in front of the aggregator's own domain.
    Exempt: never.
    """
    if not subject.manifest.hosts:
        raise NotApplicable("adapter.hosts is empty: every host is checked by the network policy")
    for pattern in subject.manifest.hosts:
        expect(
            HOST.fullmatch(pattern), f"the host {pattern!r} is not a name in lower case, without scheme, port or path"
        )
        expect(literal(pattern) is None, f"the host {pattern!r} is an address: name the aggregator's host")
        expect(_is_own_domain(pattern), f"the host {pattern!r} takes in names that are not the aggregator's")


def _is_own_domain(pattern: str) -> bool:
    """Whether the labels behind the last wildcard are a domain that somebody registers."""
    fixed: list[str] = []
    for label in reversed(pattern.split(".")):
        if not label or "*" in label or "?" in label:
            break
        fixed.insert(0, label)
    shared = len(fixed) > 1 and len(fixed[-1]) == 2 and fixed[-2] in REGISTRIES
    return len(fixed) >= (3 if shared else 2)


@check("MAN006", Level.BRONZE)
def partial_support_is_explained(subject: Subject) -> None:
    """A capability that is there in part says what is missing.

    What: each capability with the support "partial" has a note.
    Why: a host offers its users what the manifest says; without the note nobody can tell which half is there.
    Mend: `media = { support = "partial", note = "images only" }`.
    Exempt: never.
    """
    features = subject.manifest.features
    partial = [name for name, feature in features.items() if feature.support is Support.PARTIAL]
    if not partial:
        raise NotApplicable("no capability is partial")
    mute = [name.value for name in partial if not features[name].note.strip()]
    expect(not mute, f"partial without a note that says what is missing: {', '.join(mute)}")


@check("MAN007", Level.SILVER)
def documents_are_dated(subject: Subject) -> None:
    """The documents that the adapter follows are named, with the day they were read.

    What: there is at least one document; each has a title, an https URL, and the date on which it was seen.
    Why: when an aggregator changes its interface, the first question is what the adapter was written from and when;
    and a code or a status without a source cannot be told from a guess.
    Mend: add a `[[documents]]` table with title, url and seen for each document that was used.
    Exempt: where the aggregator gives its documents to customers only: for the URL, not for title and date.
    """
    documents = subject.manifest.documents
    expect(documents, "the manifest names no document that the adapter follows")
    for document in documents:
        expect(document.title.strip(), f"a document has no title: {document.url!r}")
        expect(
            _is_public_url(document.url), f"the URL of {document.title!r} is {document.url!r}, not https with a host"
        )
        seen = _day(document.seen)
        expect(seen, f"{document.title!r} has no date in seen (2026-11-23), but {document.seen!r}")
        expect(seen is None or seen <= subject.today, f"{document.title!r} was seen on {document.seen}, in the future")


def _is_public_url(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and "." in (parts.hostname or "")


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


@check("MAN008", Level.SILVER, http=True)
def webhooks_are_described(subject: Subject) -> None:
    """Each webhook has an action, methods, and words for what it brings.

    What: actions fit a URL and are there once; methods are GET, POST or PUT in capitals; `brings` is not empty.
    Why: the host mounts what the manifest says: a method that is missing or misspelt is answered by 405, and the
    aggregator switches the webhook off after some days of that.
    Mend: `action = "status"`, `methods = ["POST"]`, `brings = "delivery reports"`.
    Exempt: never.
    """
    webhooks = subject.manifest.webhooks
    if not webhooks:
        raise NotApplicable("the adapter has no webhooks")
    actions = [webhook.action for webhook in webhooks]
    expect(len(set(actions)) == len(actions), f"an action is there twice: {', '.join(actions)}")
    for webhook in webhooks:
        name = f"the webhook {webhook.action!r}"
        expect(URL_NAME.fullmatch(webhook.action), f"{name} does not fit a URL: lower-case letters, digits, _ and -")
        expect(webhook.methods, f"{name} has no methods")
        wrong = [method for method in webhook.methods if method not in METHODS]
        expect(not wrong, f"{name} has methods other than {', '.join(sorted(METHODS))}: {', '.join(wrong)}")
        expect(webhook.brings.strip(), f"{name} does not say what it brings")


@check("MAN009", Level.SILVER)
def what_comes_in_has_a_way(subject: Subject) -> None:
    """What the adapter says comes in has a way in, and no way in is for nothing.

    What: with inbound messages, opt-outs or delivery reports there is a webhook, or the adapter is polled
    (`fetch_inbound`) or holds a session; a webhook, or a signature of webhooks, is there only with one of them.
    Why: a host that is told "delivery reports" waits for them; one without a webhook URL to enter in the console
    never sees any.
    Mend: add the `[[webhooks]]` table, or take the capability out.
    Exempt: never.
    """
    found = subject.manifest
    incoming = [capability.value for capability in INCOMING if found.offers(capability)]
    if not (incoming or found.webhooks or found.offers(Capability.SIGNED_WEBHOOKS)):
        raise NotApplicable("nothing comes in")
    way = found.webhooks or found.offers(Capability.FETCH_INBOUND) or found.kind is Kind.SESSION
    expect(way or not incoming, f"{', '.join(incoming)} without a webhook, nor is the adapter polled")
    actions = ", ".join(webhook.action for webhook in found.webhooks)
    expect(incoming or not found.webhooks, f"the webhooks {actions} bring nothing that is among the capabilities")
    signed = found.offers(Capability.SIGNED_WEBHOOKS)
    expect(found.webhooks or not signed, "signed_webhooks is offered, but there is no webhook")


@check("MAN010", Level.SILVER)
def limits_have_units(subject: Subject) -> None:
    """Each limit is a number in a unit that a host can reckon with.

    What: values are above zero, `unit` and `per` are known words.
    Why: hosts pace their queues by these numbers: 10 of something is no pace, and an aggregator suspends accounts
    that stay above its rate.
    Mend: state the limit as the aggregator does: value, unit ("segments", "requests"), per ("second"), and of
    ("sender", "account").
    Exempt: where the aggregator counts in a unit of its own, until the package knows it.
    """
    limits = subject.manifest.limits
    if not limits:
        raise NotApplicable("the manifest states no limits")
    for limit in limits:
        number = isinstance(limit.value, int | float) and not isinstance(limit.value, bool) and limit.value > 0
        expect(number, f"a limit of {limit.value!r} {limit.unit} is no number above zero")
        expect(limit.unit in UNITS, f"the unit {limit.unit!r} is none of {', '.join(sorted(UNITS))}")
        expect(limit.per in PER, f"per {limit.per!r} is none of {', '.join(sorted(PER - {''}))}")


@check("MAN011", Level.SILVER)
def signature_is_told(subject: Subject) -> None:
    """How webhooks are signed is told in words that agree with the capability.

    What: with `signed_webhooks`, `adapter.signature` names the scheme; without, it begins with "none".
    Why: whoever sets a channel up decides by it whether a callback secret or a list of addresses is needed, and an
    unsigned webhook taken for a signed one is open to anybody who knows its URL.
    Mend: `signature = "HMAC-SHA256 over the body in X-Signature"`, or `"none: ..."` with what to do in its place.
    Exempt: never.
    """
    found = subject.manifest
    if not found.webhooks:
        raise NotApplicable("the adapter has no webhooks")
    words, none = found.signature.strip(), re.match(r"none\b|\s*$", found.signature.strip(), re.IGNORECASE)
    if found.offers(Capability.SIGNED_WEBHOOKS):
        expect(not none, f"signed_webhooks is offered, but adapter.signature says {words!r}")
    else:
        expect(words and none, f"signed_webhooks is not offered, but adapter.signature says {words!r}, not 'none'")


@check("MAN012", Level.GOLD)
def there_is_a_way_to_try_it(subject: Subject) -> None:
    """How to try the aggregator, and whom to ask, is told.

    What: `adapter.test_account` says how to try it without sending, and for an aggregator `adapter.contacts` has a
    URL or an address of its support.
    Why: recordings are made again every half year by somebody who did not write the adapter; without this the
    evidence ages until it is worth nothing.
    Mend: name the sandbox, the test keys or the magic numbers, else "none"; and the support's page or address.
    Exempt: never.
    """
    found = subject.manifest
    expect(found.test_account.strip(), "adapter.test_account does not say how to try it without sending")
    if found.kind is not Kind.EXTERNAL:
        expect(found.contacts, "adapter.contacts names nobody to ask")
    for contact in found.contacts:
        reached = _is_public_url(contact) or re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", contact)
        expect(reached, f"the contact {contact!r} is neither an https URL nor a mail address")


@check("MAN013", Level.BRONZE)
def there_is_a_simulator(subject: Subject) -> None:
    """A simulator stands for the aggregator.

    What: `adapter.simulator` names a class beside the adapter that the suite can make.
    Why: most checks send through the simulator and count what it took; without one they do not apply, and an adapter
    that was never tried would pass for one that sends and fails properly.
    Mend: write `simulator.py` with a `Simulator`, for an SMSC a `SessionSimulator`, and name it in the manifest.
    Exempt: never.
    """
    expect(subject.manifest.simulator, "adapter.simulator names none, so that nothing can be tried")
    try:
        made = subject.simulator()
    except (SmsError, TypeError) as error:
        raise CheckFailed(f"the simulator cannot be made: {error}") from error
    expect(isinstance(made, SimulatedAccount), f"{type(made).__name__} is no Simulator of sms_adapters.simulation")
