"""CFG: a channel can be configured by somebody who sees a form and an error, and never the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ...client import Client
from ...config_schema import config_fields
from ...engine import Engine
from ...errors import ConfigError, SmsError, TransportError
from ...http import HttpRequest, HttpResponse
from ...network import NetworkPolicy
from ...redact import secrets_of
from ..canaries import Watch, canaried, canary
from ..cases import ExchangeCase, InboundCase
from ..check import CheckFailed, Level, NotApplicable, check, expect
from ..exercise import attempt, credentials, everything, outbound
from ..subject import Subject

UNKNOWN_FIELD = "no_such_field"
NOISE = canary("x" * 32, "a value of the wrong type")
WRONG: tuple[object, ...] = ({"value": NOISE}, [NOISE], f"{NOISE}\r\n{NOISE}", NOISE)
"""Values that fit hardly any field; the first two fit no text."""

SECRET_NAME = re.compile(
    r"(^|_)(authorization|credentials?|(?<!public_)key|passphrase|passwd|password|pin|pwd|secret|token)$"
)
URL_NAME = re.compile(r"(^|_)(endpoint|host|uri|url)$")
PRIVATE = "10.11.12.13"


def _schema(subject: Subject) -> dict[str, Any]:
    return subject.plugin.config.model_json_schema()


def _refused(subject: Subject, config: Mapping[str, Any]) -> ConfigError | None:
    """The error for a configuration; None if it is accepted, CheckFailed for an error of another kind."""
    try:
        subject.registry.open(subject.id, id="conformance", config=config)
    except ConfigError as error:
        return error
    except Exception as error:  # noqa: BLE001 - any other is what the check looks for
        raise CheckFailed(f"a wrong configuration raised {type(error).__name__}, not ConfigError") from None
    return None


@check("CFG001", Level.BRONZE)
def fields_too_many_or_few_are_named(subject: Subject) -> None:
    """A field that is unknown or missing is named.

    What: a field that the model does not have, and each required one that is left out, ends in a ConfigError with the
    field's name.
    Why: a misspelt optional field that is silently dropped is found months later, when its absence matters.
    Mend: derive the model from `AdapterConfig` and leave `extra="forbid"` as it is; give a required field no default.
    Exempt: never.
    """
    config = subject.simulator().config(subject.base_url)
    error = _refused(subject, {**config, UNKNOWN_FIELD: "x"})
    expect(error is not None, "an unknown field is accepted")
    expect(UNKNOWN_FIELD in str(error), f"the error for an unknown field does not name it: {error}")
    for name in (field.name for field in config_fields(_schema(subject)) if field.required):
        error = _refused(subject, {key: value for key, value in config.items() if key != name})
        expect(error is not None, f"the schema requires {name!r}, but without it the configuration is accepted")
        expect(name in str(error), f"the error for the missing field {name!r} does not name it: {error}")


@check("CFG002", Level.BRONZE)
def wrong_values_are_not_quoted(subject: Subject) -> None:
    """A value of the wrong type is refused without being quoted.

    What: for each field of the simulator's configuration a mapping, a list and odd texts; what is refused is refused
    by a ConfigError that names the field and shows no piece of the value, and no field takes mapping and list alike.
    Why: a password pasted into the wrong field ends in logs and error pages, and a validator that fails with a
    KeyError ends the host's request with a server error.
    Mend: let a validator raise a ValueError that says what is wanted; never format the value into it.
    Exempt: never.
    """
    config, watch = subject.simulator().config(subject.base_url), Watch((), (NOISE,))
    for name in config:
        errors = [_refused(subject, {**config, name: value}) for value in WRONG]
        expect(errors[0] or errors[1], f"{name!r} takes a mapping as well as a list")
        for error in filter(None, errors):
            expect(name in str(error), f"the error for a wrong {name!r} does not name it")
            watch.expect_nothing(error, f"the error for a wrong {name!r}")


@check("CFG003", Level.BRONZE)
def secrets_are_secret_fields(subject: Subject) -> None:
    """Whatever is secret is a SecretStr.

    What: a field with a telling name (password, token, api_key, ...) is marked writeOnly in the schema, and so is
    each field whose value the credentials count among their `secrets`.
    Why: forms hide, databases encrypt and the redactor scrubs what is marked, and nothing else.
    Mend: `SecretStr` in place of `str`; a user name that is no secret goes into `public` of the Auth value.
    Exempt: for a field whose name misleads, such as a key that is published.
    """
    fields = config_fields(_schema(subject))
    plain = [field.name for field in fields if SECRET_NAME.search(field.name) and not field.secret]
    expect(not plain, f"not marked as secret in spite of the name: {', '.join(plain)}")
    session = subject.session()
    config, used = session.simulator.config(subject.base_url), set(credentials(session).secrets)
    hidden = set(secrets_of(session.channel.config))
    shown = [place for place, value in _texts(config) if value in used - hidden]
    expect(not shown, f"used as secrets by the credentials, but not marked as such: {', '.join(shown)}")


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, f"{place}.{name}" if place else name)


@check("CFG004", Level.BRONZE)
def a_configuration_hides_its_secrets(subject: Subject) -> None:
    """A configuration that is printed shows no secret.

    What: the representation, the text and the JSON of a configuration with canaries for secrets, and the
    representation of its channel, hold no piece of a canary.
    Why: configurations are printed by debuggers, error trackers and admin pages, whoever looks at these.
    Mend: leave `SecretStr` as it is; a field of another type that holds secrets needs a serializer that masks them.
    Exempt: never.
    """
    config, found = canaried(subject)
    if not found:
        raise NotApplicable("the configuration has no secrets that can be replaced")
    watch, channel = Watch((), found.values()), subject.channel(config)
    watch.expect_nothing([repr(channel.config), str(channel.config)], "the representation of the configuration")
    watch.expect_nothing(channel.config.model_dump_json(), "the configuration as JSON")
    watch.expect_nothing(repr(channel.config.model_dump()), "the representation of the configuration's values")
    watch.expect_nothing([repr(channel), str(channel)], "the representation of the channel")


@check("CFG005", Level.BRONZE)
def base_url_steers_every_request(subject: Subject) -> None:
    """`base_url` decides where every request goes.

    What: with the simulator as `base_url`, messages and questions go to its host alone; where the aggregator has a host
    for all accounts, `base_url` has a default.
    Why: only what can be pointed elsewhere can be tried without sending; one URL that is fixed in the code sends a
    test's credentials to the live service.
    Mend: build each URL from `channel.config.base_url`, also those for tokens.
    Exempt: where requests have to go to a URL that the aggregator's answer names.
    """
    field = _schema(subject)["properties"].get("base_url", {})
    common = [host for host in subject.manifest.hosts if "*" not in host]
    default = field.get("default") or not common
    expect(default, f"base_url has no default, though the aggregator's hosts are {', '.join(common)}")
    session = subject.session()
    everything(session)
    expect(session.transport.requests, "no request was made")
    for request in session.transport.requests:
        inside = request.url.startswith(f"{subject.base_url}/") or request.url == subject.base_url
        expect(inside, f"with base_url {subject.base_url} a {request.method} went to {request.host!r}")


@check("CFG006", Level.BRONZE)
def private_addresses_are_refused(subject: Subject) -> None:
    """A URL in the configuration does not lead into the host's network.

    What: with a private address in `base_url`, or in another URL or host of the configuration, no request goes out
    without a network policy that refuses the address.
    Why: whoever may edit a channel is not always whoever may reach the databases and the metadata service beside the
    host; a channel that sends there reads them.
    Mend: name the aggregator's own hosts in `adapter.hosts`, no addresses and no wildcard that takes them in.
    Exempt: never; a host that wants private gateways allows them in its NetworkPolicy.
    """
    names = [name for name in _schema(subject)["properties"] if URL_NAME.search(name)]
    for name in names:
        accepted = [config for config in _leading_astray(subject, name) if _refused(subject, config) is None]
        unchecked = _unchecked_sessions if subject.is_session else _unchecked_requests
        expect(
            not any(unchecked(subject, config) for config in accepted), f"{name!r} leads to a private address unchecked"
        )


def _unchecked_requests(subject: Subject, config: dict[str, Any]) -> bool:
    """Whether a message goes to the private address without a policy that refuses it."""
    transport = _Nowhere()
    with Client(transport=transport) as client:
        attempt(partial(client.send, subject.channel(config), outbound()))
    return any(request.host == PRIVATE and not _refuses(policy, request) for request, policy in transport.seen)


def _unchecked_sessions(subject: Subject, config: dict[str, Any]) -> bool:
    """The same of a connection, which is not made for that."""
    channel = subject.channel(config)
    policy = Engine().session_policy(channel)
    if urlsplit(channel.config.base_url).hostname != PRIVATE:
        return False
    try:
        if policy is not None:
            policy.check_addresses([PRIVATE], PRIVATE)
    except ConfigError:
        return False
    return True


def _leading_astray(subject: Subject, name: str) -> Iterator[dict[str, Any]]:
    """Configurations with a private address in one field; without `base_url`, which might take its place."""
    config = subject.simulator().config(subject.base_url)
    old = urlsplit(str(config.get(name) or subject.base_url))
    value = (
        PRIVATE
        if name.endswith("host")
        else old._replace(scheme=old.scheme if subject.is_session else "https", netloc=PRIVATE).geturl()
    )
    changed = {**config, name: value}
    yield changed
    if name != "base_url":
        yield {key: item for key, item in changed.items() if key != "base_url"}


def _refuses(policy: NetworkPolicy | None, request: HttpRequest) -> bool:
    try:
        if policy is not None:
            policy.check_url(request.url)
    except ConfigError:
        return True
    return False


class _Nowhere:
    """A transport that notes requests with their policies, and reaches nobody."""

    def __init__(self) -> None:
        self.seen: list[tuple[HttpRequest, NetworkPolicy | None]] = []

    def send(self, request: HttpRequest, policy: NetworkPolicy | None = None) -> HttpResponse:
        """TransportError."""
        self.seen.append((request, policy))
        raise TransportError("nobody listens", sent=False)

    def close(self) -> None:
        """Nothing to close."""


@check("CFG007", Level.SILVER)
def fields_are_explained(subject: Subject) -> None:
    """Each field has a title, and a description that says where its value is found.

    What: title and description of each field are written out in the model.
    Why: the form that a host draws from the schema is all that the person who sets the channel up sees.
    Mend: `Field(title="API key", description="Console, Settings, API keys.")`.
    Exempt: never.
    """
    for name, field in subject.plugin.config.model_fields.items():
        if name == "base_url" and field.title is None:
            raise CheckFailed("base_url has no title: define the field again, with a default where there is one")
        expect((field.title or "").strip(), f"the field {name!r} has no title")
        expect((field.description or "").strip(), f"the field {name!r} has no description")


@check("CFG008", Level.BRONZE)
def the_committed_schema_holds(subject: Subject) -> None:
    """The committed JSON Schema is the model's, and says of configurations what the model says.

    What: `config.schema.json` is what the model generates, is a JSON Schema, and accepts the configurations of the
    simulator and of all exchanges and inbound examples.
    Why: hosts draw forms and check input by the file, without importing the adapter; a stale one refuses what works.
    Mend: `sms-adapters schema <id> --write`.
    Exempt: never.
    """
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    try:
        committed = subject.registry.schema(subject.id)
    except SmsError as error:
        raise CheckFailed(str(error)) from None
    expect(committed == json.loads(json.dumps(_schema(subject))), "config.schema.json is not what the model generates")
    kind = validator_for(committed)
    try:
        kind.check_schema(committed)
    except SchemaError as error:
        raise CheckFailed(f"config.schema.json is no JSON Schema: {error.message}") from None
    for name, config in _configurations(subject):
        for problem in kind(committed).iter_errors(config):
            raise CheckFailed(
                f"the schema refuses the configuration of {name} at {problem.json_path}: {problem.validator}"
            )


def _configurations(subject: Subject) -> Iterator[tuple[str, Any]]:
    yield "the simulator", subject.simulator().config(subject.base_url)
    cases: list[ExchangeCase | InboundCase] = [*subject.exchanges, *subject.inbound]
    for case in cases:
        yield f"the case {case.name}", case.channel["config"]
