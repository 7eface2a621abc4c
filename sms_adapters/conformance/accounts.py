"""A test account: the channel as it works, and as it may be published."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..config_schema import literal_secrets
from ..redact import secrets_of
from .canaries import value_at, with_value
from .cases import shared_channel
from .needles import address_pairs
from .scrub import Scrubber
from .subject import PUBLIC_URL, SENDER

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from .subject import Subject

__all__ = ["Account", "RecordingFailed", "live_values", "mistaken", "of_environment", "published_values"]

OPTIONS = ("id", "address", "country", "public_url", "callback_secret")


class RecordingFailed(Exception):
    """A run did not go as it should; nothing was saved."""


@dataclass(frozen=True, slots=True)
class Account:
    """A test account as it is, and as it may be published.

    `live` and `test` are options of `Registry.open`: config, id, address, country, public_url, callback_secret; `test`
    is what a case has beside the `channel.toml` of its folder. What differs between them is replaced everywhere:
    secrets of the configuration in any form, addresses in E.164 as phone numbers, other texts as whole words.
    `numbers`, `secrets` and `names` add to that, real to published. `canaries` must not be in a recording, `allowed`
    numbers may. `digests` are headers or parameters whose value is computed from a secret and looks like no digest.
    """

    live: Mapping[str, Any]
    test: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    canaries: Collection[str] = ()
    allowed: Collection[str] = ()
    digests: Collection[str] = ()

    def scrubber(self, test: Mapping[str, Any], live_channel: AnyChannel, test_channel: AnyChannel) -> Scrubber:
        """What takes the account out of recordings; `test` are all values of the published channel."""
        found = dict(_differences("", {**self.live, "id": None}, test))
        secrets = {**_secrets(live_channel, test_channel), **self.secrets}
        missing = [old for old in _secret_texts(live_channel) if old not in secrets and old not in found]
        if set(missing) - set(_secret_texts(test_channel)):
            raise RecordingFailed("a secret of the live configuration has no test value: give one in Account.secrets")
        secrets |= {old: new for old, new in found.items() if old in _secret_texts(live_channel)}
        numbers = {old: new for old, new in found.items() if old.startswith("+") and new.startswith("+")}
        names = {
            old: new
            for pair in found.items()
            for old, new in _wire_pairs(*pair)
            if old not in numbers and old not in secrets
        }
        return Scrubber(
            secrets,
            {**numbers, **self.numbers},
            {**names, **_paths(live_channel, test_channel), **self.names},
            canaries=self.canaries,
            allowed=self.allowed,
        )


def _paths(live: AnyChannel, test: AnyChannel) -> dict[str, str]:
    """The paths of callback URLs: a channel's id may be any word, so it is looked for nowhere else."""
    prefixes = (live.adapter, *live.manifest.aliases)
    return {f"/c/{prefix}/{live.id}/": f"/c/{prefix}/{test.id}/" for prefix in prefixes}


def _differences(path: str, live: Any, test: Any) -> Iterator[tuple[str, str]]:
    """Texts that differ, real to published; RecordingFailed for a text that has no counterpart."""
    if isinstance(live, Mapping):
        for key, item in live.items():
            other = test.get(key) if isinstance(test, Mapping) else None
            yield from _differences(f"{path}.{key}" if path else key, item, other)
    elif isinstance(live, list | tuple):
        others = test if isinstance(test, list | tuple) else ()
        for number, item in enumerate(live):
            yield from _differences(f"{path}.{number}", item, others[number] if number < len(others) else None)
    elif isinstance(live, str) and live != test:
        if not isinstance(test, str):
            raise RecordingFailed(f"the account has no test value for {path}")
        yield live, test


def _secret_texts(channel: AnyChannel) -> tuple[str, ...]:
    own = (channel.callback_secret,) if channel.callback_secret else ()
    return (*secrets_of(channel.config), *own)


def _secrets(live: AnyChannel, test: AnyChannel) -> dict[str, str]:
    """Secrets real to published, also those inside of URLs; empty where the two channels have not as many."""
    old, new = _secret_texts(live), _secret_texts(test)
    return dict(zip(old, new, strict=True)) if len(old) == len(new) else {}


def _wire_pairs(old: str, new: str) -> Iterator[tuple[str, str]]:
    """What a recording may hold of a value: a template is filled in first, so of its URL only the host."""
    return (pair for pair in address_pairs(old, new) if "{{" not in pair[0])


# --- where the values are from


def live_values(channel: AnyChannel) -> dict[str, Any]:
    """An open channel as options of `Registry.open`, its secrets in plain text."""
    options = {name: getattr(channel, name) for name in OPTIONS if getattr(channel, name) is not None}
    return {**options, "config": _revealed(channel.config.model_dump(exclude_unset=True))}


def _revealed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _revealed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_revealed(item) for item in value]
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def of_environment(adapter: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Options of `Registry.open` from variables: SMS_ADAPTERS_TWILIO_AUTH_TOKEN is `auth_token` of twilio's config."""
    prefix = f"SMS_ADAPTERS_{adapter.upper()}_"
    found = {key.removeprefix(prefix).lower(): value for key, value in environ.items() if key.startswith(prefix)}
    options = {key: found.pop(key) for key in OPTIONS if key in found}
    found.pop("to", None)
    return {"id": "8eb23e93", **options, "config": found}


def published_values(subject: Subject, live: Mapping[str, Any]) -> dict[str, Any]:
    """A channel that may be published in place of a live one.

    Values come from the adapter's `exchanges/channel.toml`, from its simulator (so that webhooks can be signed anew)
    and from the examples of its configuration; secrets that none of them has are made up. A field that is no secret
    and has no example stays as it is.
    """
    shared = shared_channel(subject.folder / "exchanges")
    config = {key: _published(subject, key, value, shared) for key, value in live.get("config", {}).items()}
    made: dict[str, Any] = {"config": config}
    for name, usual in (("address", SENDER), ("country", "US"), ("public_url", PUBLIC_URL)):
        if live.get(name) is not None:
            own = live[name] if name == "address" and not live[name].startswith("+") else usual
            made[name] = shared.get(name, own)
    if live.get("callback_secret") is not None:
        made["callback_secret"] = shared.get("callback_secret", "test-callback-secret")
    return {"id": shared.get("id", live.get("id", "8eb23e93")), **made}


def _published(subject: Subject, key: str, value: Any, shared: Mapping[str, Any]) -> Any:
    if key in shared.get("config", {}):
        return shared["config"][key]
    if key == "base_url":
        return _published_url(subject, value)
    simulated = subject.simulator().config(subject.base_url) if subject.manifest.simulator else {}
    if key in simulated:
        return simulated[key]
    schema = subject.plugin.config.model_json_schema()
    if literal_secrets(schema, {key: value}):
        return _made_up(schema, key, value)
    examples = schema.get("properties", {}).get(key, {}).get("examples") or [value]
    return examples[0] if type(examples[0]) is type(value) else value


def _published_url(subject: Subject, url: str) -> str:
    """The aggregator's own URL stays; that of a gateway of somebody's becomes an example."""
    parts = urlsplit(url)
    if any(fnmatchcase(parts.hostname or "", pattern) for pattern in subject.manifest.hosts):
        return url
    return parts._replace(netloc=f"{subject.id.replace('_', '-')}.example.net").geturl()


def _made_up(schema: Mapping[str, Any], key: str, value: Any) -> Any:
    """The value with a text that says that it is none for each secret in it, at most as long as that."""
    found = {key: value}
    for place in literal_secrets(schema, found):
        old = value_at(found, place)
        found = with_value(found, place, f"test-{place.replace('_', '-')}"[: max(len(old), 8)])
    return found[key]


def mistaken(subject: Subject, account: Account) -> Account:
    """The account with wrong secrets, live and published the same: for a login that is refused."""
    schema = subject.plugin.config.model_json_schema()
    live, test = dict(account.live["config"]), dict(account.test["config"])
    known = dict(account.secrets)
    for place in literal_secrets(schema, account.live["config"]):
        real = value_at(account.live["config"], place)
        published = value_at(account.test["config"], place)
        wrong = f"{published[:-1]}{'1' if published.endswith('0') else '0'}"
        live, test = with_value(live, place, wrong), with_value(test, place, wrong)
        known |= {real: published}
    return replace(account, live={**account.live, "config": live}, test={**account.test, "config": test}, secrets=known)
