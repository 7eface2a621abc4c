"""A session adapter under the engine: the same certainty, redaction and host hooks as over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from toy_smsc import Line, ToySession, ToySmsc, toy_session_channel

from sms_adapters import (
    AdapterDefect,
    AsyncClient,
    AuthError,
    Client,
    DeliverRequest,
    DeliveryReport,
    DeliveryUncertain,
    InboundMessage,
    OutboundMessage,
    Rejected,
    Status,
    SubmitRequest,
    TemporaryFailure,
    Throttled,
    TransportError,
    Vetoed,
    hookimpl,
)
from sms_adapters.auth import NoAuth
from sms_adapters.flow import run
from sms_adapters.results import Reason
from sms_adapters.smsc.dialects import Reply
from sms_adapters.smsc.in_process import delivered
from sms_adapters.smsc.receiving import receive_frame
from sms_adapters.transports.simulated import AsyncSimulatedTransport, SimulatedTransport

TO = "+12025550123"


def test_a_message_reaches_the_smsc_and_its_id_comes_back():
    smsc = ToySmsc()
    with Client(transport=SimulatedTransport(smsc)) as client:
        result = client.send(toy_session_channel(), OutboundMessage(TO, "Muraho"))
    assert result.ids == ("m1",)
    assert [(one.to, one.sender, one.text) for one in smsc.accepted] == [(TO, "+12025550100", "Muraho")]


def test_the_async_client_does_the_same():
    async def check() -> None:
        smsc = ToySmsc()
        async with AsyncClient(transport=AsyncSimulatedTransport(smsc)) as client:
            result = await client.send(toy_session_channel(), OutboundMessage(TO, "Muraho"))
            assert (await client.check_account(toy_session_channel())).name == "toy-user"
        assert result.ids == ("m1",)

    asyncio.run(check())


@pytest.mark.parametrize(
    ("to", "kind"),
    [
        ("+12025550196", Throttled),
        ("+12025550188", TemporaryFailure),
        ("+12025550195", Rejected),
        ("+12025550190", DeliveryUncertain),
    ],
)
def test_each_outcome_is_an_error_of_the_tree(to: str, kind: type[Exception]):
    with Client(transport=SimulatedTransport(ToySmsc())) as client, pytest.raises(kind) as caught:
        client.send(toy_session_channel(), OutboundMessage(to, "Hi"))
    if kind is Rejected:
        assert caught.value.reason is Reason.INVALID_RECIPIENT
        assert (caught.value.provider_code, caught.value.provider_text) == ("3", "NO SUCH NUMBER")


def test_a_refused_login_shows_no_password():
    channel = toy_session_channel(password="another-secret-9")
    with Client(transport=SimulatedTransport(ToySmsc())) as client, pytest.raises(AuthError) as caught:
        client.check_account(channel)
    assert "another-secret-9" not in repr(vars(caught.value))
    assert caught.value.provider_text == "WRONG PASSWORD"


def test_a_lost_response_to_a_question_is_not_in_doubt():
    def lose(request: Any) -> None:
        raise TransportError("lost", sent=True)

    with Client(transport=SimulatedTransport(ToySmsc(), lose)) as client, pytest.raises(TransportError):
        client.check_account(toy_session_channel())


def test_a_frame_that_no_codec_can_write_is_the_adapters_defect():
    with Client(transport=SimulatedTransport(ToySmsc())) as client, pytest.raises(AdapterDefect, match="LF"):
        client.send(toy_session_channel(), OutboundMessage(TO, "two\nlines"))


def test_without_a_login_nothing_is_sent():
    class Wrong(ToySession):
        @hookimpl
        def authenticate(self, channel: Any) -> Any:
            return NoAuth()

    smsc = ToySmsc()
    with Client(transport=SimulatedTransport(smsc)) as client, pytest.raises(AdapterDefect, match="Login"):
        client.send(toy_session_channel(Wrong()), OutboundMessage(TO, "Hi"))
    assert smsc.accepted == []


class Watcher:
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.veto = False

    @hookimpl
    def sms_before_exchange(self, request: Any) -> None:
        self.seen.append(request)
        if self.veto:
            raise Vetoed("not now")

    @hookimpl
    def sms_after_exchange(self, response: Any) -> None:
        self.seen.append(response)

    @hookimpl
    def sms_delivery_report(self, report: Any) -> None:
        self.seen.append(report)


def test_host_plugins_see_frames_and_octets_without_secrets_and_may_stop_them():
    watcher, smsc = Watcher(), ToySmsc()
    with Client(transport=SimulatedTransport(smsc), plugins=[watcher]) as client:
        client.send(toy_session_channel(), OutboundMessage(TO, "my toy-password-1"))
        before, after = watcher.seen
        assert isinstance(before, SubmitRequest)
        assert before.raw.startswith(b"SUBMIT 1 0 +12025550123|+12025550100|my ***")
        assert "toy-password-1" not in str(before.frame)
        assert after.raw == b"ANSWER 2 0 m1\n"
        watcher.veto = True
        with pytest.raises(Vetoed):
            client.send(toy_session_channel(), OutboundMessage(TO, "Hi"))
    assert len(smsc.accepted) == 1


def _received(channel: Any, frame: Line, plugins: Any = ()) -> Any:
    client = Client(transport=SimulatedTransport(ToySmsc()), plugins=plugins)
    [request] = delivered(ToySession.dialect, [DeliverRequest(frame)])
    return run(receive_frame(client._engine, channel, request), client._perform)


def test_what_the_smsc_delivers_becomes_events():
    smsc, watcher = ToySmsc(), Watcher()
    with Client(transport=SimulatedTransport(smsc)) as client:
        client.send(toy_session_channel(), OutboundMessage(TO, "Hi"))
    _, done = smsc.reports(smsc.accepted[0])
    receipt = _received(toy_session_channel(), done.frame, [watcher])
    [report] = receipt.events
    assert isinstance(report, DeliveryReport)
    assert (report.id, report.status) == ("m1", Status.DELIVERED)
    assert report.raw == {"operation": "DELIVER", "fields": ["report", "m1", "delivered"]}
    assert watcher.seen == [report]
    assert receipt.reply.reply is Reply.ACCEPTED
    [message] = smsc.inbound(TO, "+12025550100", "Yego")
    receipt = _received(toy_session_channel(), message.frame)
    assert [(type(one), one.sender, one.text) for one in receipt.events] == [(InboundMessage, TO, "Yego")]


def test_what_nobody_can_read_is_refused_and_what_we_fail_at_is_asked_for_again():
    class Failing(ToySession):
        @hookimpl
        def parse_inbound(self, channel: Any, request: Any) -> Any:
            raise RuntimeError("a bug")

    assert _received(toy_session_channel(), Line("DELIVER", ("odd",))).reply.reply is Reply.REFUSED
    receipt = _received(toy_session_channel(Failing()), Line("DELIVER", ("odd",)))
    assert receipt.reply.reply is Reply.RETRY_LATER
    assert isinstance(receipt.error, AdapterDefect)
