"""Each check of signatures lets a good adapter pass, and catches those that trust what nobody signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import ADAPTER, MANIFEST, SIMULATOR, Broken, Edit, broken, ids_of, made, rows
from mutants import catches, copied, edit, good, opened, passes

from sms_adapters.conformance.check import NotApplicable
from sms_adapters.conformance.subject import Subject

MISSING = '        if header is None:\n            raise InvalidSignature("the webhook has no Acme-Signature")\n'
BODY = "signed = f\"{values.get('t')}.\".encode() + request.body"
KEY = "verify_hmac(channel.config.signing_secret.get_secret_value(), signed"
RETURN = f'        return {KEY}, values.get("v1"), signed_at=at)\n'
TIME = 'verify_time(values.get("t") or "", channel.clock())'
FIELD = "signing_secret: SecretStr = Field(title="
CALLBACK = 'channel.callback_url("receive")'
SIGNATURE = 'signature = "HMAC-SHA256 over timestamp and body in Acme-Signature; five minutes"'
CLASS = "class Acme(SendKit):\n"
PAST = f"""def _past_time(given, now):
    return now if datetime.fromtimestamp(int(given), now.tzinfo) > now else verify_time(given, now)


{CLASS}"""
HEX = """        import hmac

        given, key = values.get("v1") or "", channel.config.signing_secret.get_secret_value()
        if not {}:
            raise InvalidSignature("it does not match")
        return Verified("hmac-sha256", at)
"""
MAC = 'hmac.new(key.encode(), signed, "sha256").hexdigest()'
WITH_URL = SIGNATURE.replace("timestamp and body", "timestamp, URL and body")
URL_SIGNED = (
    Edit(ADAPTER, BODY, BODY.replace('}."', '}.{channel.external_url(request)}."')),
    Edit(SIMULATOR, 'f"{at}.".encode() + body', 'f"{at}.{url}.".encode() + body'),
    Edit(MANIFEST, SIGNATURE, WITH_URL),
)
"""Acme as it would be if it signed the URL too."""

TABLE = [
    broken("SIG001", "another text", "was refused: the signature", BODY, f"{BODY} + b'\\n'"),
    broken(
        "SIG001",
        "no scheme",
        "nothing is said to have proven it",
        RETURN,
        f"{RETURN.replace('return ', '')}        return Verified('none')\n",
    ),
    broken("SIG001", "no key", "was refused", KEY, 'verify_hmac("another-secret", signed'),
    broken(
        "SIG002",
        "start of the body",
        "was accepted as genuine",
        BODY,
        f"{BODY}[:40]",
        Edit(SIMULATOR, ".encode() + body", ".encode() + body[:40]"),
    ),
    broken("SIG002", "not compared", "it is MalformedInbound", RETURN, "        return Verified('hmac-sha256', at)\n"),
    broken(
        "SIG003",
        "none needed",
        "nothing proves where it comes from",
        MISSING,
        "        if header is None:\n            return Verified('hmac-sha256')\n",
    ),
    broken(
        "SIG003",
        "empty",
        "Acme-Signature empty was accepted",
        MISSING,
        f"{MISSING}        if not header:\n            return Verified('hmac-sha256')\n",
    ),
    broken("SIG003", "start", "Acme-Signature changed was accepted", RETURN, HEX.format(f"{MAC}[:8] == given[:8]")),
    broken(
        "SIG003", "defect", "it is AdapterDefect", RETURN, HEX.format(f"bytes.fromhex({MAC}) == bytes.fromhex(given)")
    ),
    Broken(
        "SIG004", "not signed", "with a parameter more in the URL was accepted", (Edit(MANIFEST, SIGNATURE, WITH_URL),)
    ),
    broken(
        "SIG005",
        "common key",
        "whatever the channel's api_key, signing_secret may be",
        KEY,
        'verify_hmac("acme-signing-secret-1", signed',
    ),
    broken(
        "SIG006",
        "any time",
        "a day late, was accepted",
        TIME,
        f"{TIME[:-1]}, timedelta(days=9))",
        Edit(ADAPTER, "import datetime\n", "import datetime, timedelta\n"),
    ),
    broken(
        "SIG006",
        "future",
        "a day early, was accepted",
        TIME,
        TIME.replace("verify", "_past"),
        Edit(ADAPTER, CLASS, PAST),
    ),
    broken("SIG006", "not told", "is verified without one", ", signed_at=at)", ")"),
    broken(
        "SIG007",
        "plain",
        "as it is seen behind a proxy, was refused",
        MISSING,
        f"{MISSING}        if not request.url.startswith('https:'):\n            raise InvalidSignature('no TLS')\n",
    ),
    broken(
        "SIG007",
        "host",
        "as it is seen behind a proxy, was refused",
        MISSING,
        f"{MISSING}        if request.headers.get('Host', '').startswith('10.'):\n"
        "            raise InvalidSignature('not ours')\n",
    ),
    broken(
        "SIG008",
        "read first",
        "it is AdapterDefect",
        MISSING,
        f"{MISSING}        __import__('json').loads(request.body)\n",
    ),
    broken(
        "SIG008",
        "refused first",
        "it is NotForThisAdapter",
        MISSING,
        f"        if not request.body.startswith(b'{{'):\n            raise NotForThisAdapter('no JSON')\n{MISSING}",
        Edit(ADAPTER, "    MalformedInbound,\n", "    MalformedInbound,\n    NotForThisAdapter,\n"),
    ),
    broken(
        "SIG009",
        "optional",
        "signing_secret is missing",
        FIELD,
        FIELD.replace("SecretStr", "SecretStr | None").replace("(", "(None, "),
        Edit(
            ADAPTER,
            MISSING,
            f"        if channel.config.signing_secret is None:\n            return Verified('hmac-sha256')\n{MISSING}",
        ),
    ),
    broken(
        "SIG009",
        "blank",
        "signing_secret is empty",
        '"Console, Webhooks.", min_length=8)',
        '"Console, Webhooks.")',
        Edit(
            ADAPTER,
            MISSING,
            "        if not channel.config.signing_secret.get_secret_value():\n"
            f"            return Verified('hmac-sha256')\n{MISSING}",
        ),
    ),
    Broken("SIG010", "none", "offers signed_webhooks, but", (Edit(MANIFEST, SIGNATURE, 'signature = "none"'),)),
    Broken(
        "SIG010", "a scheme", "does not offer signed_webhooks, but", (Edit(MANIFEST, 'signed_webhooks = "full"\n', ""),)
    ),
    broken(
        "SIG011",
        "built by hand",
        "was refused, with the callback secret",
        CALLBACK,
        'f"{channel.public_url}/c/acme/{channel.id}/receive"',
    ),
]


@pytest.mark.parametrize("row", rows(TABLE))
def test_a_broken_adapter_is_caught(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, made(tmp_path, *row.edits))


@pytest.mark.parametrize("check", [check for check in ids_of("SIG") if check != "SIG004"])
def test_a_good_adapter_passes(check: str) -> None:
    passes(check, good())


def test_every_check_has_a_broken_adapter() -> None:
    assert sorted({row.check for row in TABLE}) == ids_of("SIG")


def url_signed(tmp_path: Path, *edits: Edit) -> Subject:
    """Acme that signs URLs, without the inbound examples, whose signatures are of the other kind."""
    folder = copied(tmp_path)
    for item in (*URL_SIGNED, *edits):
        edit(folder, *item)
    for path in (folder / "inbound").glob("*.*"):
        if path.name != "channel.toml":
            path.unlink()
    return opened(folder)


def test_a_scheme_that_signs_the_url_is_held_to_it(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        passes("SIG004", good())
    for check in ids_of("SIG"):
        passes(check, url_signed(tmp_path))


def with_schemes(tmp_path: Path, *schemes: str) -> Subject:
    tmp_path.mkdir()
    folder = copied(tmp_path)
    edit(folder, MANIFEST, SIGNATURE, f'signature = "{"; ".join(schemes)}"')
    return opened(folder)


def test_of_several_schemes_a_webhook_is_held_to_that_of_its_header(tmp_path: Path) -> None:
    own, other = "HMAC over {} in Acme-Signature", "HMAC over {} in Older-Signature"
    with pytest.raises(NotApplicable):
        passes("SIG004", with_schemes(tmp_path / "body", own.format("the body"), other.format("the URL")))
    for schemes in ((other.format("the body"), own.format("the URL")), (other.format("the URL"), "HMAC over the body")):
        subject = with_schemes(tmp_path / schemes[1][-3:], *schemes)
        assert "with a parameter more in the URL was accepted" in catches("SIG004", subject)


URLS = [
    ("request.url", "SIG007", "as it is seen behind a proxy, was refused"),
    ("channel.external_url(request).partition('?')[0]", "SIG004", "with a parameter more in the URL was accepted"),
]


@pytest.mark.parametrize(("url", "check", "says"), URLS)
def test_the_url_is_the_one_that_the_aggregator_used(url: str, check: str, says: str, tmp_path: Path) -> None:
    assert says in catches(check, url_signed(tmp_path, Edit(ADAPTER, "channel.external_url(request)", url)))


def test_a_scheme_that_signs_a_part_of_the_body_has_to_say_so(tmp_path: Path) -> None:
    part = (
        Edit(ADAPTER, BODY, f"{BODY}[:40]"),
        Edit(SIMULATOR, ".encode() + body", ".encode() + body[:40]"),
        Edit(MANIFEST, 'signed_webhooks = "full"', 'signed_webhooks = { support = "partial", note = "40 octets" }'),
    )
    folder = made(tmp_path, *part).folder
    for path in (folder / "inbound").glob("*.http"):
        path.unlink()
    passes("SIG002", opened(folder))


@pytest.mark.parametrize("check", ["SIG002", "SIG008"])
def test_credentials_that_sign_nothing_have_to_be_called_partial(check: str, tmp_path: Path) -> None:
    basic = Edit(ADAPTER, RETURN, "        return Verified('basic', at)\n")
    noted = Edit(MANIFEST, 'signed_webhooks = "full"', 'signed_webhooks = { support = "partial", note = "Basic" }')
    assert "it is MalformedInbound" in catches(check, made(tmp_path, basic))
    with pytest.raises(NotApplicable):
        passes(check, made(tmp_path, basic, noted))
    signed = Edit(ADAPTER, RETURN, "        return Verified('hmac-sha256', at)\n")
    catches(check, made(tmp_path, signed, noted))
