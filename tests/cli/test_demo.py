"""`demo`: it succeeds only if everything happened, and says what did not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandline import Run, environment, process, told

from sms_adapters import HttpRequest, Registry, Status, WebhookRequest, WebhookResponse
from sms_adapters.builtin.twilio.simulator import TwilioSimulator
from sms_adapters.manifest import Capability, Kind
from sms_adapters.sandbox.demo import LONG_TEXT, REPLY, run_demo
from sms_adapters.simulation import SimulatedMessage
from sms_adapters.text import Encoding, plan

pytestmark = pytest.mark.whole


def test_the_main_job_is_done_by_every_adapter_with_a_simulator(tmp_path: Path) -> None:
    result = process("demo", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    rows = [line.split() for line in result.stdout.splitlines()]
    registry = Registry(installed=False)
    manifests = {name: registry.manifest(name) for name in registry.ids()}
    names = [name for name, found in manifests.items() if found.simulator and found.kind is not Kind.SESSION]
    assert {"external", "kannel", "twilio"} <= set(names)
    for name in names:
        kinds = [row[row.index(name) + 1 :] for row in rows[1:-1] if name in row]
        assert [kind[:2] for kind in kinds].count(["out", "accepted"]) == 2
        assert [kind[:2] for kind in kinds].count(["out", "refused"]) == 1
        delivered = sum(kind[:2] == ["in", "report"] and "delivered" in kind for kind in kinds)
        assert delivered >= (2 if registry.manifest(name).offers(Capability.DELIVERY_REPORTS) else 0)
        assert [kind[:2] for kind in kinds].count(["in", "message"]) == 1
    assert result.stdout.endswith("all of it happened\n")


def test_the_texts_are_what_the_job_asks_for() -> None:
    assert plan(LONG_TEXT).encoding is Encoding.UCS2
    assert plan(LONG_TEXT).count > 1
    assert plan(REPLY).encoding is Encoding.UCS2


def test_the_demo_as_json_has_the_whole_timeline(run: Run) -> None:
    result = run("demo", "--json")
    values = told(result)
    assert (result.exit_code, values["ok"], values["failures"]) == (0, True, [])
    messages = [entry["detail"] for entry in values["timeline"] if entry["what"] == "message"]
    assert messages == [f"from +12025550123: {REPLY}"] * len(values["adapters"])


class _OnlyTwilio(Registry):
    """The registry with one adapter, whose simulator misbehaves."""

    def __init__(self, kind: type[TwilioSimulator]) -> None:
        super().__init__(installed=False)
        self.kind = kind

    def listings(self, *, load: bool = False) -> Any:
        return [item for item in super().listings(load=load) if item.id == "twilio"]

    def simulator(self, adapter: str, **options: Any) -> Any:
        return self.kind(**options)


def misbehaving(**methods: Callable[..., Any]) -> type[TwilioSimulator]:
    return type("Misbehaving", (TwilioSimulator,), methods)


def changed_text(self: TwilioSimulator, message: SimulatedMessage) -> SimulatedMessage:
    message.text = message.text.replace("Price", "price")
    return TwilioSimulator.accept(self, message)


def other_number(self: TwilioSimulator, message: SimulatedMessage) -> SimulatedMessage:
    message.to = "+12025550199"
    return TwilioSimulator.accept(self, message)


def never_delivered(self: TwilioSimulator, message: SimulatedMessage, status: Status) -> HttpRequest | None:
    return TwilioSimulator.report(self, message, Status.SENT)


def undelivered(self: TwilioSimulator, message: SimulatedMessage, status: Status) -> HttpRequest | None:
    return TwilioSimulator.report(self, message, Status.UNDELIVERABLE if status.final else status)


def unsigned(self: TwilioSimulator, url: str, fields: dict[str, str]) -> HttpRequest:
    return HttpRequest.form(url, fields)


def of_another(self: TwilioSimulator, message: SimulatedMessage, status: Status) -> HttpRequest | None:
    other = SimulatedMessage("SM" + "f" * 32, message.to, message.sender, "", message.callback)
    other.callback = (message.callback or "").partition("?")[0]
    return TwilioSimulator.report(self, other, status)


def accepts_all(self: TwilioSimulator, request: WebhookRequest) -> WebhookResponse:
    if b"0195" in request.body:
        return WebhookResponse.json({"sid": "SM" + "0" * 32, "status": "queued"}, 201)
    return TwilioSimulator.handle(self, request)


def accepts_and_refuses(self: TwilioSimulator, request: WebhookRequest) -> WebhookResponse:
    answer = TwilioSimulator.handle(self, request)
    if b"0195" in request.body:
        self.accepted.append(SimulatedMessage("SM1", "", "", ""))
    return answer


def other_reply(self: TwilioSimulator, sender: str, to: str, text: str) -> Any:
    return TwilioSimulator.inbound(self, sender, to, text.lower())


def broken(self: TwilioSimulator, *args: Any) -> Any:
    raise RuntimeError("out of order")


FAILURES = [
    ({"accept": changed_text}, "the GSM-7 text did not arrive as it was sent"),
    ({"accept": other_number}, "the GSM-7 text did not go to +12025550123"),
    ({"report": lambda *_: None}, "a delivery report of the GSM-7 text does not quote its id"),
    ({"report": never_delivered}, "the long Unicode text was reported sent, not delivered"),
    ({"report": undelivered}, "the GSM-7 text was reported undeliverable, not delivered"),
    ({"report": of_another}, "a delivery report of the GSM-7 text does not quote its id"),
    ({"_signed": unsigned}, "the host answered HTTP 403 to a webhook: InvalidSignature"),
    ({"handle": accepts_all}, "the message to +12025550195 was not refused"),
    ({"handle": accepts_and_refuses}, "the refused message was accepted all the same"),
    ({"inbound": other_reply}, "the reply was read as"),
    ({"inbound": lambda *_: []}, "the reply was read as []"),
    ({"config": broken}, "RuntimeError: out of order"),
    ({"handle": lambda *_: WebhookResponse.plain("no", 401)}, "AuthError"),
]


@pytest.mark.parametrize(("methods", "sentence"), FAILURES)
def test_what_did_not_happen_is_told(methods: dict[str, Any], sentence: str) -> None:
    shown = run_demo(_OnlyTwilio(misbehaving(**methods)))
    assert not shown.ok
    assert [failure for failure in shown.failures if sentence in failure], shown.failures
    assert all(failure.startswith("twilio: ") for failure in shown.failures)


def test_a_demo_of_nothing_is_no_success() -> None:
    registry = Registry(builtin=False, installed=False)
    shown = run_demo(registry)
    assert (shown.ok, shown.failures) == (False, ["no adapter has a simulator"])


def test_a_failure_ends_the_command_with_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TwilioSimulator, "inbound", lambda *_: [])
    result = run("demo")
    assert result.exit_code == 1
    assert "Did not happen: twilio: the reply was read as []" in result.stderr
    assert "not all of it happened" in result.stdout
    assert told(run("demo", "--json"))["ok"] is False


BARE = """
import sys
sys.modules["cryptography"] = sys.modules["jwt"] = None
from sms_adapters.cli import main
main(["demo"])
"""


def test_without_a_library_one_sentence_names_it_for_each_adapter_that_needs_it_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", BARE], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    told = [line.partition(" is not installed")[0] for line in run.stderr.splitlines()]
    assert told == [
        f"Did not happen: {name}: its webhooks are signed with {module}, which"
        for name, module in (("aws_sns", "cryptography"), ("messagebird", "jwt"), ("telnyx", "cryptography"))
    ]
