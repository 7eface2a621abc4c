"""`list`, `describe` and `schema`: what is known about adapters without, and with, importing them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from commandline import Run, told
from distributions import ADAPTER, MANIFEST, install

from sms_adapters import Capability, Registry

BROKEN = {
    "acme_manifest": {"manifest": "[adapter]\nid = 3"},
    "acme_toml": {"manifest": "[adapter"},
    "acme_import": {"adapter": "raise RuntimeError('no licence')"},
    "acme_class": {"adapter": "Adapter = None"},
    "acme_exit": {"adapter": "raise SystemExit('bye')"},
    "acme_skip": {"adapter": "import pytest; pytest.skip('not here', allow_module_level=True)"},
    "acme_made": {"adapter": "class Adapter:\n    def __init__(self): raise GeneratorExit('enough')"},
}


def test_every_adapter_is_listed_with_its_origin(run: Run, site: Path) -> None:
    install(site, "acme")
    result = run("list")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["ID", "NAME", "KIND", "ORIGIN", "STATE"]
    assert ["acme", "Acme", "rest", "acme_acme", "1.0", "found"] in [line.split() for line in lines]
    assert ["twilio", "Twilio", "rest", "built", "in", "found"] in [line.split() for line in lines]
    assert result.exit_code == 0
    assert result.stderr == "None was imported: `sms-adapters list --load` shows those that fail to be.\n"
    assert run("list", "--load").stderr == run("list", "--json").stderr == ""


def test_listing_imports_an_adapter_only_when_told(run: Run, site: Path) -> None:
    install(site, "acme", adapter="print('imported')\n" + ADAPTER)
    run("list")
    assert "acme_acme" not in sys.modules
    found = {item["id"]: item["state"] for item in told(run("list", "--load", "--json"))}
    assert "acme_acme.adapter" in sys.modules
    assert set(found.values()) == {"loaded"}


def test_a_broken_adapter_is_listed_with_the_reason_and_the_others_are_there(run: Run, site: Path) -> None:
    for name, files in BROKEN.items():
        install(site, name, package=name, **{"manifest": MANIFEST.format(id=name, name=name), **files})
    result = run("list", "--load", "--json")
    found = {item["id"]: item for item in told(result)}
    assert result.exit_code == 0
    assert {name for name, item in found.items() if item["state"] == "broken"} == set(BROKEN)
    assert "no licence" in found["acme_import"]["error"]
    assert "manifest.toml cannot be read" in found["acme_toml"]["error"]
    assert found["twilio"]["state"] == "loaded"
    table = run("list", "--load").stdout
    assert "broken: adapter 'acme_import' (acme_import 1.0)" in table


def manifest(name: str, before: str, after: str) -> str:
    """The good manifest with one thing changed."""
    good = MANIFEST.format(id=name, name=name)
    assert before in good
    return good.replace(before, after)


UNLOADED = (
    (manifest("acme", "adapter:Adapter", "adaptor:Adapter"), "there is no module 'adaptor' beside it"),
    (manifest("acme", "adapter:Adapter", "inner.adapter:Adapter"), "there is no module 'inner.adapter' beside it"),
    (manifest("acme", "adapter:Adapter", "adapter"), "write the module and the class, such as adapter:Acme"),
    (manifest("acme", "[text]", 'simulator = "simulator:Acme"\n[text]'), "there is no module 'simulator' beside it"),
    (manifest("acme", '"1.0"', '"2.0"'), "upgrade sms-adapters"),
    (manifest("acme", 'id = "acme"', 'id = "emca"'), "its manifest says id 'emca', not 'acme'"),
)


@pytest.mark.parametrize(("text", "reason"), UNLOADED)
def test_what_no_import_is_needed_for_is_shown_without_one(run: Run, site: Path, text: str, reason: str) -> None:
    install(site, "acme", manifest=text)
    (row,) = [line for line in run("list").stdout.splitlines() if line.startswith("acme")]
    assert "broken: " in row
    assert reason in row
    assert "acme_acme" not in sys.modules


def test_a_package_that_is_gone_or_an_entry_point_for_a_class_is_shown_without_an_import(run: Run, site: Path) -> None:
    install(site, "acme")
    (site / "acme_acme-1.0.dist-info" / "entry_points.txt").write_text(
        "[sms_adapters]\nacme = acme_acme:Adapter\ngone = acme_gone\n"
    )
    found = {item["id"]: item for item in told(run("list", "--json"))}
    assert found["acme"]["error"] == "its entry point names 'acme_acme:Adapter': it has to name the package alone"
    assert found["gone"]["mend"] == "install it again, or uninstall acme_acme 1.0"


def test_an_interrupt_while_adapters_are_imported_is_none_of_theirs(run: Run, site: Path) -> None:
    install(site, "acme", adapter="raise KeyboardInterrupt")
    result = run("list", "--load")
    assert result.exit_code == 130
    assert "broken" not in result.stdout


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_describing_an_adapter_that_fails_to_be_imported_tells_why(
    run: Run, site: Path, options: tuple[str, ...]
) -> None:
    install(site, "acme", adapter="print('imported')\nimport no_such_library")
    result = run("describe", "acme", *options)
    assert result.exit_code == 6
    assert "No module named 'no_such_library'" in result.stderr
    assert "Mend: install what has no_such_library" in result.stderr
    assert "imported\n" not in result.stdout


def test_two_packages_with_one_id_are_mended_by_uninstalling_one(run: Run, site: Path) -> None:
    install(site, "acme")
    install(site, "acme", package="other_acme")
    result = run("describe", "acme")
    assert result.exit_code == 6
    assert "Mend: uninstall one of them" in result.stderr
    assert [item["mend"] for item in told(run("list", "--json")) if item["id"] == "acme"] == ["uninstall one of them"]


@pytest.mark.parametrize(("options", "status"), [((), 0), (("--strict",), 1)])
def test_a_broken_adapter_fails_a_listing_only_if_asked(
    run: Run, site: Path, options: tuple[str, ...], status: int
) -> None:
    install(site, "acme", manifest="[adapter")
    assert run("list", *options).exit_code == status


def test_strict_is_content_where_nothing_is_broken(run: Run) -> None:
    assert run("list", "--load", "--strict").exit_code == 0


def test_a_listing_by_capability_has_those_that_offer_it(run: Run, site: Path) -> None:
    install(site, "acme")
    registry = Registry()
    wanted = [name for name in registry.ids() if registry.manifest(name).offers(Capability.FLASH)]
    assert "acme" in wanted
    assert "twilio" not in wanted
    assert [item["id"] for item in told(run("list", "--capability", "flash", "--json"))] == wanted


def test_an_adapters_escape_sequences_do_not_reach_the_terminal(run: Run, site: Path) -> None:
    install(site, "acme", manifest=MANIFEST.format(id="acme", name="\\u001b[31mAcme"))
    for command in (("list",), ("describe", "acme")):
        result = run(*command)
        assert "\x1b" not in result.output
        assert r"\x1b[31mAcme" in result.output


def test_a_description_has_what_the_manifest_and_the_schema_say(run: Run) -> None:
    text = run("describe", "twilio").stdout
    manifest = Registry().manifest("twilio")
    for part in (
        manifest.name,
        manifest.signature,
        manifest.documents[0].title,
        manifest.documents[0].url,
        "needs messaging_service_sid",
        "1 segments per second, US long code",
        "{public_url}/c/twilio/{channel id}/status",
        "POST|GET",
    ):
        assert part in text
    rows = [line.split() for line in text.splitlines()]
    assert ["scheduling", "full", "needs"] in [row[:3] for row in rows]
    assert ["auth_token", "required,", "secret"] in [row[:3] for row in rows]


@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        ("yo", "not documented: Yo! publishes no document; the sandbox uses its own: again after 10 s, 60 s and 300 s"),
        ("acme", "not stated; the sandbox uses its own: again after 10 s, 60 s and 300 s"),
        ("twilio", "https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides"),
    ],
)
def test_a_description_says_when_a_webhook_comes_again_and_who_says_so(
    adapter: str, said: str, run: Run, site: Path
) -> None:
    webhook = '[[webhooks]]\naction = "receive"\n'
    reads = "\n    @hookimpl\n    def parse_inbound(self, channel, request):\n        return []\n"
    install(site, "acme", manifest=MANIFEST.format(id="acme", name="Acme") + webhook, adapter=ADAPTER + reads)
    (row,) = [line for line in run("describe", adapter).stdout.splitlines() if "webhook redelivery" in line]
    assert row.endswith(said)


def test_without_webhooks_nothing_is_said_about_redelivery(run: Run) -> None:
    assert "redelivery" not in run("describe", "smpp").stdout


def test_a_description_names_the_alias_that_webhooks_have(run: Run) -> None:
    urls = [hook["url"] for hook in told(run("describe", "external", "--json"))["webhooks"]]
    assert "{public_url}/c/ex/{channel id}/receive" in urls


def test_a_description_as_json_has_fields_with_their_kind(run: Run) -> None:
    values = told(run("describe", "twilio", "--json"))
    fields = {item["name"]: item for item in values["config"]}
    assert (fields["auth_token"]["required"], fields["auth_token"]["secret"]) == (True, True)
    assert (fields["api_key_secret"]["required"], fields["api_key_secret"]["secret"]) == (False, True)
    assert (fields["base_url"]["secret"], fields["base_url"]["default"]) == (False, "https://api.twilio.com")
    assert values["capabilities"]["scheduling"]["support"] == "full"


def test_an_adapter_without_a_schema_is_described_with_a_warning(run: Run, site: Path) -> None:
    install(site, "acme")
    result = run("describe", "acme")
    assert result.exit_code == 0
    assert "Acme" in result.stdout
    assert "no readable config.schema.json" in result.stderr


def test_a_schema_is_that_of_the_file(run: Run) -> None:
    assert told(run("schema", "twilio")) == Registry().schema("twilio")
    assert set(told(run("schema", "--all"))) == set(Registry(installed=False).ids())


def test_the_committed_schemas_are_current(run: Run) -> None:
    result = run("schema", "--all", "--check")
    assert result.exit_code == 0, result.output


def test_a_stale_schema_fails_the_check_until_it_is_written(run: Run, site: Path) -> None:
    install(site, "acme")
    file = site / "acme_acme" / "config.schema.json"
    for stale in (None, "{}", "{"):
        if stale is not None:
            file.write_text(stale)
        result = run("schema", "acme", "--check")
        assert result.exit_code == 1
        assert "`sms-adapters schema acme --write` renews it" in result.stderr
        assert run("schema", "acme", "--write").exit_code == 0
        assert run("schema", "acme", "--check").exit_code == 0
        assert json.loads(file.read_text())["properties"]["token"]["writeOnly"] is True
        file.unlink()


def test_a_schema_that_cannot_be_written_is_told(run: Run, site: Path) -> None:
    install(site, "acme")
    (site / "acme_acme" / "config.schema.json").mkdir()
    result = run("schema", "acme", "--write")
    assert result.exit_code == 2
    assert "cannot be written: Is a directory" in result.stderr
