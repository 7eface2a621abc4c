"""`manifest.toml`: what an adapter is and can do, read without importing its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ._guesses import meant
from .errors import AdapterDefect
from .hookspecs import SPEC_VERSION
from .toml import TOMLDecodeError, loads

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "Capability",
    "Document",
    "Feature",
    "Kind",
    "Limit",
    "Manifest",
    "NumberRules",
    "Splitting",
    "Support",
    "TextRules",
    "Webhook",
    "load_manifest",
]

E = TypeVar("E", bound=StrEnum)
M = TypeVar("M", bound="DataclassInstance")
UNDOCUMENTED = "not documented"
"""How `redelivery` begins where the aggregator does not say when a webhook that was not taken comes again."""


class Capability(StrEnum):
    """What an adapter may offer beside sending plain text."""

    UNICODE = "unicode"
    LONG_TEXT = "long_text"
    MEDIA = "media"
    BINARY = "binary"
    FLASH = "flash"
    VALIDITY = "validity"
    SCHEDULING = "scheduling"
    QUICK_REPLIES = "quick_replies"
    ALPHANUMERIC_SENDER = "alphanumeric_sender"
    IDEMPOTENCY = "idempotency"
    DELIVERY_REPORTS = "delivery_reports"
    INBOUND = "inbound"
    INBOUND_MEDIA = "inbound_media"
    OPT_OUT_EVENTS = "opt_out_events"
    SIGNED_WEBHOOKS = "signed_webhooks"
    CHECK_ACCOUNT = "check_account"
    QUERY_STATUS = "query_status"
    FETCH_INBOUND = "fetch_inbound"
    FOLLOW_UP = "follow_up"


class Support(StrEnum):
    """How far a capability is there; `partial` has a note that says what is missing."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Kind(StrEnum):
    """How the integration works."""

    EXTERNAL = "external"
    REST = "rest"
    SESSION = "session"


class Splitting(StrEnum):
    """Who makes segments of a long text."""

    AGGREGATOR = "aggregator"
    UDH = "udh"
    SEPARATE = "separate"


@dataclass(frozen=True, slots=True)
class Feature:
    """A capability's support, with a note."""

    support: Support = Support.NONE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that the adapter follows; `seen` is the date it was read, ISO 8601."""

    title: str
    url: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in its own unit: `value` `unit`s per `per` for each `of`, such as 1 segment per second of a sender."""

    value: float
    unit: str
    per: str = ""
    of: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TextRules:
    """The longest text of one request: `max_chars` in characters, `max_segments` in segments; 0 for no such limit.

    `max_segments` is for aggregators that split.
    """

    splits: Splitting = Splitting.AGGREGATOR
    max_chars: int = 0
    max_segments: int = 0


@dataclass(frozen=True, slots=True)
class NumberRules:
    """The wire forms of numbers, by the names of `phone.WireForm`."""

    recipient: str = "plus"
    sender: str = "plus"
    inbound: str = "plus"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An action of the webhook URL, its HTTP methods, and what it brings."""

    action: str
    methods: tuple[str, ...] = ("POST",)
    brings: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The static facts of an adapter; see `docs/manifest.md` for each key."""

    id: str
    name: str
    spec_version: str
    implementation: str
    kind: Kind
    simulator: str = ""
    summary: str = ""
    homepage: str = ""
    api_version: str = ""
    countries: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    signature: str = "none"
    redelivery: str = ""
    id_match: str = "exact"
    test_account: str = ""
    text: TextRules = field(default_factory=TextRules)
    numbers: NumberRules = field(default_factory=NumberRules)
    documents: tuple[Document, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    limits: tuple[Limit, ...] = ()
    contacts: tuple[str, ...] = ()
    features: Mapping[Capability, Feature] = field(default_factory=dict)

    def support(self, capability: Capability) -> Support:
        """How far `capability` is supported."""
        feature = self.features.get(capability)
        return feature.support if feature else Support.NONE

    def offers(self, capability: Capability) -> bool:
        """Whether `capability` is there at all."""
        return self.support(capability) is not Support.NONE

    @property
    def redelivers_as_documented(self) -> bool:
        """Whether the aggregator documents when a webhook comes again that was not taken."""
        return bool(self.redelivery) and not self.redelivery.startswith(UNDOCUMENTED)

    def methods(self, action: str) -> tuple[str, ...]:
        """The HTTP methods of a webhook action; empty for an unknown one."""
        return next((hook.methods for hook in self.webhooks if hook.action == action), ())


def load_manifest(path: Path) -> Manifest:
    """Read a manifest file; AdapterDefect says what to mend."""
    try:
        values = loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AdapterDefect(f"{path.parent.name}: there is no manifest.toml beside the adapter") from None
    except (OSError, UnicodeDecodeError, TOMLDecodeError) as error:
        raise AdapterDefect(f"{path.parent.name}/manifest.toml cannot be read: {error}") from error
    try:
        return _manifest(values)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        sentence = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
        mend = error.mend if isinstance(error, _OtherSpec) else ""
        raise AdapterDefect(f"{path.parent.name}/manifest.toml: {sentence}", mend=mend) from error


class _OtherSpec(ValueError):
    """The adapter is for another major version of the hooks."""

    def __init__(self, version: str, mend: str) -> None:
        super().__init__(f"it is written for hook specification {version}, this is {SPEC_VERSION}: {mend}")
        self.mend = mend


def _made(kind: type[M], table: str, values: Any) -> M:
    """A table as its class; ValueError names a key that is missing, or unknown and what may be meant."""
    if not isinstance(values, dict):
        raise ValueError(f"{table} is not a table")  # noqa: TRY004 - the caller words a ValueError
    try:
        return kind(**values)
    except TypeError:
        known = {item.name: item.default is MISSING and item.default_factory is MISSING for item in fields(kind)}
        wrong = [f"unknown key {key!r}{meant(key, known)}" for key in values if key not in known]
        wrong += [f"the key {key!r} is missing" for key, needed in known.items() if needed and key not in values]
        raise ValueError(f"{table}: {'; '.join(wrong)}" if wrong else f"{table} cannot be read") from None


def _manifest(values: dict[str, Any]) -> Manifest:
    adapter = dict(values.pop("adapter"))
    _check_spec(adapter["spec_version"])
    for key in ("countries", "aliases", "hosts", "contacts"):
        if key in adapter:
            adapter[key] = tuple(adapter[key])
    text = dict(values.pop("text", {}))
    if "splits" in text:
        text["splits"] = _member(Splitting, text["splits"])
    adapter["kind"] = _member(Kind, adapter.get("kind", "rest"))
    tables: dict[str, Any] = {
        "text": _made(TextRules, "[text]", text),
        "numbers": _made(NumberRules, "[numbers]", values.pop("numbers", {})),
        "documents": tuple(_made(Document, "[[documents]]", item) for item in values.pop("documents", ())),
        "webhooks": tuple(_webhook(item) for item in values.pop("webhooks", ())),
        "limits": tuple(_made(Limit, "[[limits]]", item) for item in values.pop("limits", ())),
    }
    offered = values.pop("capabilities", {}).items()
    tables["features"] = {_member(Capability, key): _feature(item) for key, item in offered}
    if misplaced := [key for key in adapter if key in tables]:
        raise ValueError(f"[adapter]: unknown key {misplaced[0]!r}; it is a table of its own")
    if values:
        known = ("adapter", "capabilities", *tables)
        told = ", ".join(f"{name!r}{meant(name, known)}" for name in values)
        raise ValueError(f"unknown table or key {told}")
    return _made(Manifest, "[adapter]", {**adapter, **tables})


def _check_spec(version: str) -> None:
    major = str(version).partition(".")[0]
    ours = SPEC_VERSION.partition(".")[0]
    if major != ours:
        mend = "upgrade sms-adapters" if major.isdigit() and int(major) > int(ours) else "upgrade the adapter"
        raise _OtherSpec(version, mend)


def _member(kind: type[E], value: str) -> E:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(sorted(kind))
        raise ValueError(f"{value!r} is no {kind.__name__.lower()}; known are {known}") from None


def _feature(value: str | dict[str, str]) -> Feature:
    if isinstance(value, str):
        return Feature(_member(Support, value))
    feature = _made(Feature, "[capabilities]", value)
    return replace(feature, support=_member(Support, feature.support))


def _webhook(item: dict[str, Any]) -> Webhook:
    hook = _made(Webhook, "[[webhooks]]", item)
    return replace(hook, methods=tuple(hook.methods))
