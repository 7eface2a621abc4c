"""One adapter with its simulator, on the channel that its cases share: where examples are made."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..conformance.case_files import toml_file
from ..conformance.cases import CLOCK, Evidence, Source, channel_options, merged_channel, shared_channel
from ..errors import ConfigError
from ..smsc.simulator import SessionSimulator

if TYPE_CHECKING:
    from ..channel import AnyChannel
    from ..config import AdapterConfig
    from ..registry import Registry

__all__ = ["MESSAGE_ID", "RECORDED", "Bench", "made_up", "table_of", "write_schema"]

SCHEMA = "config.schema.json"
RECORDED = frozenset({Evidence.LIVE, Evidence.SANDBOX})
MESSAGE_ID = "6d2f5c04-1b4a-4c1e-9a53-0c8f1f0e7a11"
SMSC = "smsc.example.com:2775"
NOTHING: Mapping[str, Any] = MappingProxyType({})
CHANNEL = {"id": "8eb23e93", "address": "+12025550100", "country": "US", "public_url": "https://sms.example.org"}


def made_up(title: str, day: date | None = None) -> Source:
    """The source of what the package's own simulator answered."""
    return Source(Evidence.SIMULATED, title, day or datetime.now(UTC).date())


def table_of(path: Path) -> dict[str, Any]:
    """The table of a case; empty if it has none."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_schema(registry: Registry, adapter: str) -> Path:
    """Write the JSON Schema of an adapter's configuration beside it."""
    path = registry.folder(adapter) / SCHEMA
    schema = registry.load(adapter).config.model_json_schema()
    path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _fits(config: type[AdapterConfig], values: Mapping[str, Any]) -> bool:
    try:
        config.model_validate(values)
    except ValidationError:
        return False
    return values.keys() <= config.model_fields.keys()


class Bench:
    """The adapter's cases of one kind, `exchanges` or `inbound`; `own` is what a case has beside their channel."""

    def __init__(self, registry: Registry, adapter: str, kind: str, own: Mapping[str, Any] = NOTHING) -> None:
        self.registry, self.adapter, self.own = registry, adapter, own
        self.folder = registry.folder(adapter) / kind
        self.simulator: Any = registry.simulator(adapter, clock=lambda: CLOCK)
        self.shared = self._shared()

    def channel(self, clock: datetime = CLOCK) -> AnyChannel:
        """The channel, at the case's own time or at this."""
        given = {"id": CHANNEL["id"], "clock": clock, "entropy": self.folder.name}
        values = merged_channel({**given, **self.shared}, self.own)
        return self.registry.open(self.adapter, **channel_options(values))

    def files(self) -> dict[Path, bytes]:
        """The file with the shared channel, where it is not there or has changed."""
        path = self.folder / "channel.toml"
        return {path: toml_file(self.shared)} if shared_channel(self.folder) != self.shared else {}

    def _shared(self) -> dict[str, Any]:
        """The values of `channel.toml`; where they are no configuration of the adapter's, what lacks is simulated."""
        values = shared_channel(self.folder)
        config = self.registry.load(self.adapter).config
        if values and _fits(config, merged_channel(values, self.own)["config"]):
            return values
        values, known = values or dict(CHANNEL), config.model_fields
        simulated = self._account()
        own = {name: value for name, value in values.get("config", {}).items() if name in known}
        return {**values, "config": {**own, **{name: item for name, item in simulated.items() if name not in own}}}

    def _account(self) -> dict[str, Any]:
        """The simulated account; an SMSC has no address of everybody's, so that its channel names one."""
        if isinstance(self.simulator, SessionSimulator):
            return self.simulator.config(f"{self.simulator.dialect.name}://{SMSC}")
        config: dict[str, Any] = self.simulator.config("https://simulator.invalid")
        del config["base_url"]
        return config

    def refuse_recorded(self, name: str, table: Mapping[str, Any]) -> None:
        """ConfigError for a case that only a recording may replace."""
        if table.get("source", {}).get("evidence") in RECORDED:
            sentence = f"{self.folder.name}/{name} was recorded: `sms-adapters conformance --record` records it again"
            raise ConfigError(sentence)
