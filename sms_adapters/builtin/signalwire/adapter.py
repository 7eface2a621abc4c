"""SignalWire: Compatibility API.

Sources, in https://github.com/signalwire/docs: specs/compatibility-api/messages, "Error codes", "Webhook security"; in
https://github.com/signalwire/signalwire-python: webhook_validator.py (a form is signed in base64, a JSON body in hex).
"""

from typing import Any

from pydantic import Field, SecretStr

from ...channel import Channel
from ...errors import AuthError, Throttled
from ...http import HttpRequest
from ...kits.tables import error_table
from ...kits.twiml import STATUSES, TwimlConfig, TwimlKit
from ...results import Reason, Status

__all__ = ["SignalWire", "SignalWireConfig"]


class SignalWireConfig(TwimlConfig):
    """A project of a space; all of it is shown in the dashboard under API Credentials."""

    # A path is a mistake, unless it is the one that this package's sandbox serves the adapter under.
    base_url: str = Field(
        title="Space URL", description="https:// and the host.", pattern="^https?://[^/?#]+(/signalwire)?/?$"
    )
    account_sid: str = Field(title="Project ID", description="Dashboard, API Credentials.", min_length=1)
    auth_token: SecretStr = Field(title="API token", description="Dashboard; scope Messaging.", min_length=1)
    signing_key: SecretStr = Field(title="Signing key", description="Dashboard; it signs webhooks.", min_length=1)


class SignalWire(TwimlKit):
    """The adapter; whether a message was taken is not told by 20001, 20504 and 31003, so their HTTP status decides."""

    Config = SignalWireConfig
    path, signature_header, signs_json = "/api/laml", "X-SignalWire-Signature", True
    max_media, validity_seconds = 8, range(1, 172_801)
    statuses = STATUSES | {"initiated": Status.QUEUED}
    expired_codes = frozenset({"30001", "30009"})
    errors = error_table(
        (AuthError, "10001 20003 20010 21219"),
        (Reason.INVALID_RECIPIENT, "21211 21217 21603 21604 21606 21614"),
        (Reason.INVALID_SENDER, "21210 21212 21601 21701 21703 21705"),
        (Reason.INVALID_CONTENT, "11751 21602 21612 21617 21620 21623 30007 30011 30012"),
        (Reason.REGULATION, "21717"),
        (Reason.OPTED_OUT, "21610"),
        (Reason.BLOCKED, "30004"),
        (Reason.NO_ROUTE, "30006"),
        (Reason.NO_CREDIT, "4001 30002"),
        (Reason.EXPIRED, "30001 30009"),
        (Reason.UNKNOWN, "10000 11200 20404 20422 21218 21402 21624 30003 30005 30008 30010"),
        (Throttled, "20429 21611 30022 30027 35125"),
    )

    def check_request(self, channel: Channel[Any]) -> HttpRequest:
        """The messages: they need the scope Messaging, as sending does."""
        return self.newest_message(channel)
