"""SMPP: submit_sm out, deliver_sm in, with messages and receipts.

Sources: "Short Message Peer to Peer Protocol Specification v3.4" (SMPP Developers Forum) and "SMPP Protocol
Specification v5.0" (SMS Forum), https://smpp.org/, and what SMSCs do instead. `OutboundMessage.extra` may hold any of
`EXTRA`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...auth import Auth
from ...hookspecs import hookimpl
from ...kits.submits import SubmitKit
from ...messages import DeliveryReport, InboundEvent, OutboundMessage
from ...parts import Part
from ...results import AccountInfo, PartResult
from ...smsc.smpp.dialect import SmppDialect
from ...smsc.smpp.pdus import EnquireLink, QuerySm
from ...smsc.values import DeliverRequest, Login, SessionFlow, SubmitRequest, SubmitResponse
from .config import Config, SmppChannel
from .incoming import event_of, report_of_query
from .outgoing import EXTRA, source_of, submit
from .texts import parts

__all__ = ["EXTRA", "Config", "Smpp"]

BIND_FIELDS = ("system_type", "addr_ton", "addr_npi", "address_range")


class Smpp(SubmitKit):
    """The adapter."""

    Config = Config
    dialect = SmppDialect()

    @hookimpl
    def authenticate(self, channel: SmppChannel) -> Auth:
        """The bind."""
        config = channel.config
        dialect = SmppDialect(config.interface_version, config.verdicts)
        fields = {name: getattr(config, name) for name in BIND_FIELDS}
        return Login(dialect, config.username, config.password.get_secret_value(), fields, config.binds)

    def split(self, channel: SmppChannel, message: OutboundMessage) -> Sequence[Part]:
        """By the channel's `splitting`."""
        return parts(channel, message)

    def build_request(self, channel: SmppChannel, message: OutboundMessage, part: Part) -> SubmitRequest:  # type: ignore[override]
        """One submit_sm."""
        return SubmitRequest(submit(channel, message, part))

    def read_response(self, channel: SmppChannel, part: Part, response: SubmitResponse) -> PartResult:  # type: ignore[override]
        """The SMSC's message_id."""
        return PartResult(response.frame.message_id or None)

    @hookimpl
    def check_account(self, channel: SmppChannel) -> SessionFlow[AccountInfo]:
        """A bind and an enquire_link; SMPP tells neither balance nor senders."""
        yield from self.ask(SubmitRequest(EnquireLink(), submits=False))
        return AccountInfo(channel.config.username, checked_at=channel.clock())

    @hookimpl
    def query_status(self, channel: SmppChannel, reference: str) -> SessionFlow[DeliveryReport]:
        """query_sm; the SMSC compares the sender with the message's, which is the channel's address here."""
        query = QuerySm(message_id=reference, **source_of(channel))
        response = yield from self.ask(SubmitRequest(query, submits=False))
        return report_of_query(channel, response.frame)

    @hookimpl
    def parse_inbound(self, channel: SmppChannel, request: DeliverRequest) -> Sequence[InboundEvent]:
        """One message or one receipt."""
        return [event_of(channel, request)]
