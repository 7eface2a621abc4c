"""Any service with Twilio's 2010-04-01 Messages resource and webhooks, such as Somleng, behind a URL of its own.

Source: https://github.com/somleng/somleng, app/errors/application_error/errors.rb and app/request_schemas/twilio_api.
"""

from typing import Any

from pydantic import Field, SecretStr

from ...channel import Channel
from ...errors import AuthError, TemporaryFailure, Throttled
from ...hookspecs import hookimpl
from ...http import WebhookRequest
from ...kits.tables import error_table
from ...kits.twiml import TwimlConfig, TwimlKit
from ...results import Reason
from ...signatures import NO_SIGNATURE, Verified

__all__ = ["TwimlCompatible", "TwimlCompatibleConfig"]


class TwimlCompatibleConfig(TwimlConfig):
    """The service, the account there, and how it signs."""

    base_url: str = Field(title="API URL", description="All that stands before /2010-04-01.", pattern="^https?://")
    max_length: int = Field(1600, title="Longest text", description="Characters in one request.", ge=1, le=1600)
    verify_signature: bool = Field(True, title="Verify signatures", description="Off only if the service signs none.")
    signature_header: str = Field(
        "X-Twilio-Signature", title="Signature header", description="As the service calls it."
    )
    signing_key: SecretStr | None = Field(None, title="Signing key", description="If not the auth token.", min_length=1)


class TwimlCompatible(TwimlKit):
    """The adapter; codes are Twilio's and Somleng's, limits of time the service's own."""

    Config = TwimlCompatibleConfig
    expired_codes = frozenset({"S1001"})
    errors = error_table(
        (AuthError, "20003 30002 S1004 S1006"),
        (Reason.INVALID_RECIPIENT, "21211 21604 21614"),
        (Reason.NO_ROUTE, "30006 S1008"),
        (Reason.INVALID_SENDER, "21210 21212 21603 21606 21701 21703 21704 30037"),
        (Reason.INVALID_CONTENT, "21602 21617"),
        (Reason.OPTED_OUT, "21610"),
        (Reason.BLOCKED, "S1007"),
        (Reason.NO_CREDIT, "S1005"),
        (Reason.EXPIRED, "S1001"),
        (Reason.UNKNOWN, "20001 20009 20404 20422 30008 30409 35111 35114 35118 S1003"),
        (TemporaryFailure, "S1002"),
        (Throttled, "20429"),
    )
    report_reasons = {"30002": Reason.SUSPENDED}  # noqa: RUF012 - a table

    @hookimpl
    def verify_inbound(self, channel: Channel[Any], request: WebhookRequest) -> Verified:
        """Nothing where the service signs nothing."""
        return super().verify_inbound(channel, request) if channel.config.verify_signature else NO_SIGNATURE
