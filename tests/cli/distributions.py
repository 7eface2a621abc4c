"""Distributions on the path of a test, as an installer would leave them."""

from __future__ import annotations

from pathlib import Path

MANIFEST = """
[adapter]
id = "{id}"
name = "{name}"
spec_version = "1.0"
implementation = "adapter:Adapter"
[text]
splits = "separate"
max_chars = 160
[capabilities]
unicode = "full"
flash = {{ support = "partial", note = "not on every route" }}
"""
ADAPTER = """
from pydantic import Field, SecretStr

from sms_adapters import AdapterConfig, HttpRequest, PartResult, SendResult, hookimpl
from sms_adapters.auth import BearerAuth, NoAuth, oauth2_client_credentials
from sms_adapters.kits import SendKit


class Config(AdapterConfig):
    base_url: str = "https://api.acme.example"
    token: SecretStr = SecretStr("unset-token")
    keys: dict[str, SecretStr] = Field(default_factory=dict)


class Adapter(SendKit):
    Config = Config

    @hookimpl
    def authenticate(self, channel):
        return BearerAuth(channel.config.token.get_secret_value())

    def build_request(self, channel, message, part):
        return HttpRequest.json(channel.config.base_url + "/sms", {"to": message.to, "text": part.text})

    def read_response(self, channel, part, response):
        return PartResult(id=response.json_object()["id"])
"""


def install(site: Path, name: str, *, manifest: str | None = None, adapter: str = ADAPTER, package: str = "") -> None:
    """A distribution `acme-{name}` 1.0 whose entry point offers the adapter `name`."""
    package = package or f"acme_{name}"
    folder = site / package
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "manifest.toml").write_text(manifest or MANIFEST.format(id=name, name=name.title()))
    (folder / "adapter.py").write_text(adapter)
    facts = site / f"{package}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[sms_adapters]\n{name} = {package}\n")
