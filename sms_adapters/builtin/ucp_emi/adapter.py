"""UCP/EMI: operation 51 (or 30 or 01) out, 52 in, 53 for reports.

Source: "EMI-UCP Interface Specification" (CMG, LogicaCMG, Acision; versions 3.5 to 5.2), and what Kannel 1.4.5 of
Debian 12 sends and understands. A message is known by its recipient and the SMSC's time stamp: `AdC:SCTS` in the
result's system message, OAdC and SCTS in the notification. The stamp has seconds, so two messages to one recipient
within a second can have one id. `OutboundMessage.extra` may hold any of `EXTRA`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...auth import Auth
from ...hookspecs import hookimpl
from ...kits.submits import SubmitKit
from ...manifest import Splitting
from ...messages import InboundEvent, OutboundMessage
from ...parts import Part, parts_of
from ...results import AccountInfo, PartResult
from ...smsc.dialects import BindMode, Verdict
from ...smsc.ucp import Alert
from ...smsc.ucp.dialect import TCP_IP, UCP, submitted
from ...smsc.values import DeliverRequest, Login, SessionFlow, SubmitRequest, SubmitResponse
from .config import Config, UcpChannel
from .incoming import event_of, id_of
from .outgoing import EXTRA, FRAMES

__all__ = ["EXTRA", "Config", "UcpEmi"]


class UcpEmi(SubmitKit):
    """The adapter."""

    Config = Config
    dialect = UCP

    @hookimpl
    def authenticate(self, channel: UcpChannel) -> Auth:
        """Operation 60 with the account's password, if the account has a login at all."""
        config = channel.config
        fields = {"login": config.login, "oton": config.oton, "onpi": config.onpi}
        binds = (BindMode.TRANSCEIVER,) * config.connections
        return Login(UCP, config.username, config.password.get_secret_value(), fields, binds)

    def split(self, channel: UcpChannel, message: OutboundMessage) -> Sequence[Part]:
        """Parts with a header; the old operations have no place for one."""
        old = channel.config.operation != "51"
        return parts_of(channel, message, splits=Splitting.SEPARATE if old else Splitting.UDH)

    def build_request(self, channel: UcpChannel, message: OutboundMessage, part: Part) -> SubmitRequest:  # type: ignore[override]
        """One operation."""
        return SubmitRequest(FRAMES[channel.config.operation](channel, message, part))

    def read_response(self, channel: UcpChannel, part: Part, response: SubmitResponse) -> PartResult:  # type: ignore[override]
        """`AdC:SCTS` of the system message; an SMSC that leaves it out sends notifications that match nothing."""
        answer, found = response.frame, submitted(response.frame)
        told = answer.sm or answer.mvp
        return PartResult(id_of(channel, found["adc"], found["scts"]) if found else None, word=told or None)

    @hookimpl
    def check_account(self, channel: UcpChannel) -> SessionFlow[AccountInfo]:
        """An alert after the login; some SMSCs refuse the operation, which proves as much as its acknowledgement."""
        response = yield SubmitRequest(Alert(channel.config.username, TCP_IP), submits=False)
        if response.outcome.verdict is Verdict.AUTH:
            response.raise_for_error()
        return AccountInfo(channel.config.username, checked_at=channel.clock())

    @hookimpl
    def parse_inbound(self, channel: UcpChannel, request: DeliverRequest) -> Sequence[InboundEvent]:
        """One message or one notification."""
        return [event_of(channel, request)]
