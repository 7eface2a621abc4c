"""Each check of manifests catches a manifest that breaks its promise."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutants import catches, copied, edit, good, mutant, opened, passes

from sms_adapters.conformance.check import NotApplicable, selected

IDS = [check.id for check in selected(["MAN"])]
WEBHOOK = """[[webhooks]]
action = "receive"
methods = ["POST"]
brings = "messages, opt-outs and reports, in batches"
"""
INCOMING = """delivery_reports = "full"
inbound = "full"
inbound_media = "full"
opt_out_events = "full"
"""
PARTIAL = ('media = "full"', 'media = { support = "partial", note = "images only" }')

MUTANTS = [
    ("MAN001", 'kind = "rest"', 'kind = "rest"\naliases = ["Acme EU"]', "'Acme EU'"),
    ("MAN001", 'kind = "rest"', 'kind = "rest"\naliases = ["acme"]', "twice"),
    ("MAN002", 'spec_version = "1.0"', 'spec_version = "1.7"', "1.7"),
    ("MAN002", 'spec_version = "1.0"', 'spec_version = "1"', "form"),
    ("MAN003", 'recipient = "digits"', 'recipient = "digit"', "numbers.recipient is 'digit'"),
    ("MAN003", 'inbound = "digits"', 'inbound = "e164"', "numbers.inbound"),
    ("MAN003", 'api_version = "3"', 'api_version = "3"\nid_match = "hex"', "id_match is 'hex'"),
    ("MAN003", 'countries = ["*"]', 'countries = ["us"]', "'us'"),
    ("MAN003", 'countries = ["*"]', "countries = []", "countries is empty"),
    ("MAN003", "max_chars = 1000", 'max_chars = "1000"', "max_chars"),
    ("MAN004", 'hosts = ["api.acme.example"]', 'hosts = ["acme.example"]', "'api.acme.example'"),
    ("MAN004", 'hosts = ["api.acme.example"]', "hosts = []", "no hosts"),
    ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["*acme.example"]', "'*acme.example'"),
    ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["*.example"]', "'*.example'"),
    ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["*.co.uk"]', "'*.co.uk'"),
    ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["*"]', "'*'"),
    ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["api.acme.*"]', "'api.acme.*'"),
    ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["10.0.0.5"]', "is an address"),
    ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["https://api.acme.example"]', "without scheme"),
    ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["API.acme.example"]', "lower case"),
    ("MAN006", 'media = "full"', 'media = "partial"', "media"),
    ("MAN007", 'seen = "2026-11-01"', 'seen = "lately"', "'lately'"),
    ("MAN007", 'seen = "2026-11-01"', 'seen = "2026-12-24"', "in the future"),
    ("MAN007", 'seen = "2026-11-01"', "", "no date"),
    ("MAN007", 'url = "https://acme.example/docs/v3"', 'url = "http://acme.example/docs/v3"', "not https"),
    ("MAN007", 'url = "https://acme.example/docs/v3"', 'url = "https://docs/v3"', "not https with a host"),
    ("MAN007", 'title = "Acme API, version 3"', 'title = " "', "no title"),
    ("MAN008", 'methods = ["POST"]', 'methods = ["post"]', "post"),
    ("MAN008", 'methods = ["POST"]', 'methods = "POST"', "P, O, S, T"),
    ("MAN008", 'methods = ["POST"]', "methods = []", "no methods"),
    ("MAN008", 'action = "receive"', 'action = "Receive!"', "does not fit a URL"),
    ("MAN008", 'brings = "messages, opt-outs and reports, in batches"', 'brings = ""', "what it brings"),
    ("MAN008", "[[limits]]", '[[webhooks]]\naction = "receive"\nbrings = "more"\n\n[[limits]]', "twice"),
    ("MAN009", WEBHOOK, "", "without a webhook"),
    ("MAN009", INCOMING, "", "bring nothing"),
    ("MAN010", 'unit = "characters"', 'unit = "letters"', "'letters'"),
    ("MAN010", 'per = "second"', 'per = "sec"', "'sec'"),
    ("MAN010", "value = 20", "value = 0", "above zero"),
    ("MAN010", "value = 20", 'value = "20"', "above zero"),
    ("MAN011", 'signature = "HMAC', '# "HMAC', "says 'none'"),
    ("MAN011", 'signature = "HMAC-SHA256 over', 'signature = "none; HMAC-SHA256 over', "signed_webhooks is offered"),
    ("MAN011", 'signed_webhooks = "full"', 'signed_webhooks = "none"', "not 'none'"),
    ("MAN012", 'test_account = "Keys that begin with test_ send nothing"', 'test_account = ""', "test_account"),
    ("MAN012", 'contacts = ["https://acme.example/support"]', "contacts = []", "nobody"),
    ("MAN012", 'contacts = ["https://acme.example/support"]', 'contacts = ["the vendor"]', "'the vendor'"),
    ("MAN013", 'simulator = "simulator:AcmeSimulator"\n', "", "names none"),
    ("MAN013", "simulator:AcmeSimulator", "simulator:Acme", "cannot be made"),
    ("MAN013", "simulator:AcmeSimulator", "simulator:Mapping", "cannot be made"),
]


@pytest.mark.parametrize(("check_id", "before", "after", "words"), MUTANTS)
def test_a_broken_manifest_is_caught(tmp_path: Path, check_id: str, before: str, after: str, words: str) -> None:
    assert words in catches(check_id, mutant(tmp_path, "manifest.toml", before, after))


def test_a_name_that_fits_no_package_is_caught(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, "manifest.toml", 'id = "acme"', 'id = "acme-eu"')
    assert "acme-eu" in catches("MAN001", opened(folder.rename(folder.with_name("acme-eu"))))


def test_a_signature_without_any_webhook_is_caught(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder, "manifest.toml", WEBHOOK, "")
    edit(folder, "manifest.toml", INCOMING, "")
    assert "signed_webhooks" in catches("MAN009", opened(folder))


@pytest.mark.parametrize("check_id", IDS)
def test_the_specimen_passes(tmp_path: Path, check_id: str) -> None:
    passes(check_id, mutant(tmp_path, "manifest.toml", *PARTIAL) if check_id == "MAN006" else good())


@pytest.mark.parametrize(
    ("check_id", "before", "after"),
    [
        ("MAN001", 'kind = "rest"', 'kind = "rest"\naliases = ["ac", "acme-eu"]'),
        ("MAN003", 'countries = ["*"]', 'countries = ["RW", "US"]'),
        ("MAN005", 'hosts = ["api.acme.example"]', 'hosts = ["*.acme.example", "api-*.acme.co.uk"]'),
        ("MAN009", WEBHOOK, ""),
        ("MAN012", '"https://acme.example/support"', '"support@acme.example"'),
    ],
)
def test_what_is_allowed_passes(tmp_path: Path, check_id: str, before: str, after: str) -> None:
    folder = copied(tmp_path)
    edit(folder, "manifest.toml", before, after)
    if check_id == "MAN009":
        edit(folder, "manifest.toml", 'query_status = "full"', 'query_status = "full"\nfetch_inbound = "full"')
        edit(folder, "manifest.toml", 'signed_webhooks = "full"', "")
    passes(check_id, opened(folder))


@pytest.mark.parametrize(
    ("check_id", "edits"),
    [
        ("MAN005", [('hosts = ["api.acme.example"]', "")]),
        ("MAN006", []),
        ("MAN008", [(WEBHOOK, "")]),
        ("MAN009", [(WEBHOOK, ""), (INCOMING, ""), ('signed_webhooks = "full"', "")]),
        ("MAN011", [(WEBHOOK, "")]),
    ],
)
def test_where_there_is_nothing_to_look_at_it_says_so(
    tmp_path: Path, check_id: str, edits: list[tuple[str, str]]
) -> None:
    folder = copied(tmp_path)
    for before, after in edits:
        edit(folder, "manifest.toml", before, after)
    with pytest.raises(NotApplicable):
        passes(check_id, opened(folder))


def test_a_simulator_of_another_make_is_caught(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(
        folder,
        "simulator.py",
        "class AcmeSimulator",
        "class Other:\n    def __init__(self, clock): ...\n\n\nclass AcmeSimulator",
    )
    edit(folder, "manifest.toml", "simulator:AcmeSimulator", "simulator:Other")
    assert "Other is no Simulator" in catches("MAN013", opened(folder))


def test_every_check_has_a_mutant() -> None:
    assert sorted({row[0] for row in MUTANTS}) == IDS
