"""CIMD2: operation 03 out, 20 in, 23 for reports, 04 to ask for the status of one message.

Source: "CIMD Interface Specification" of the Nokia SMS Center (releases 7.0 to 8.1) and of the Nokia Siemens Networks
SMSC release 11, and what Kannel 1.4.5 of Debian 12 and its test centre send and understand. A message is known by its
recipient and the centre's time stamp (021 and 060), which has seconds: two messages to one recipient within a second
can have one id. `OutboundMessage.extra` may hold any of `EXTRA`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...auth import Auth
from ...errors import InvalidMessage, ProtocolError
from ...hookspecs import hookimpl
from ...kits.submits import SubmitKit
from ...messages import DeliveryReport, InboundEvent, OutboundMessage
from ...parts import Part
from ...results import AccountInfo, PartResult
from ...smsc.cimd import Alive, Enquiry
from ...smsc.cimd.dialect import CIMD2, CimdDialect
from ...smsc.dialects import BindMode
from ...smsc.values import DeliverRequest, Login, SessionFlow, SubmitRequest, SubmitResponse
from .config import CimdChannel, Config
from .incoming import event_of, id_of, report_of
from .outgoing import EXTRA, submit

__all__ = ["EXTRA", "Cimd2", "Config"]


class Cimd2(SubmitKit):
    """The adapter."""

    Config = Config
    dialect = CIMD2

    @hookimpl
    def authenticate(self, channel: CimdChannel) -> Auth:
        """Operation 01; which way messages go is the account's access type."""
        config = channel.config
        fields = {"window": config.window, "subaddress": config.subaddress}
        binds = (BindMode.TRANSCEIVER,) * config.connections
        dialect = CimdDialect(checksum=config.checksum)
        return Login(dialect, config.username, config.password.get_secret_value(), fields, binds)

    def build_request(self, channel: CimdChannel, message: OutboundMessage, part: Part) -> SubmitRequest:  # type: ignore[override]
        """One submit."""
        return SubmitRequest(submit(channel, message, part))

    def read_response(self, channel: CimdChannel, part: Part, response: SubmitResponse) -> PartResult:  # type: ignore[override]
        """021 and 060."""
        answer = response.frame
        if not answer.destination or not answer.stamp:
            return PartResult()
        return PartResult(id_of(channel, answer.destination, answer.stamp), word=answer.stamp)

    @hookimpl
    def check_account(self, channel: CimdChannel) -> SessionFlow[AccountInfo]:
        """The login decides; then the centre is asked whether it is there."""
        yield from self.ask(SubmitRequest(Alive(), submits=False))
        return AccountInfo(channel.config.username, checked_at=channel.clock())

    @hookimpl
    def query_status(self, channel: CimdChannel, reference: str) -> SessionFlow[DeliveryReport]:
        """Operation 04; many centres know nothing of a message for which no report was asked."""
        number, _, stamp = reference.rpartition(":")
        if not number or not stamp:
            raise InvalidMessage("an id of CIMD2 is the recipient, a colon and the centre's time stamp")
        prefix = channel.config.international_prefix
        enquiry = Enquiry(destination=f"{prefix}{number}", stamp=stamp)
        answer = (yield from self.ask(SubmitRequest(enquiry, submits=False))).frame
        if not answer.destination or not answer.stamp:
            raise ProtocolError("the centre's answer to the enquiry names no message")
        return report_of(channel, answer, {"status": answer.status or ""})

    @hookimpl
    def parse_inbound(self, channel: CimdChannel, request: DeliverRequest) -> Sequence[InboundEvent]:
        """One message or one report."""
        return [event_of(channel, request)]
