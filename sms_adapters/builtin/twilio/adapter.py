"""Twilio: Messages resource of the REST API 2010-04-01.

Sources: "Message resource" https://www.twilio.com/docs/messaging/api/message-resource (fields, statuses);
"Error and warning dictionary" https://www.twilio.com/docs/api/errors (codes, and the limits of SendAt under 35115);
"Webhooks security" https://www.twilio.com/docs/usage/webhooks/webhooks-security and "Sign webhooks with shared keys"
https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys (signatures); "Using the REST API in a non-US region"
https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region (hosts); "Create API
keys in the Twilio Console" https://www.twilio.com/docs/iam/api-keys/keys-in-console (what a key may read); "Addition
of RawDlrDoneDate" https://www.twilio.com/en-us/changelog/addition-of-rawdlrdonedate-to-delivered-and-undelivered-status-webhooks
(a time without a zone, so reports have none).
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr, model_validator

from ...auth import Auth, BasicAuth
from ...channel import Channel
from ...errors import AuthError, InvalidSignature, TemporaryFailure, Throttled
from ...hookspecs import hookimpl
from ...http import HttpRequest, WebhookRequest
from ...kits.tables import error_table, lookup_table
from ...kits.twiml import TwimlConfig, TwimlKit
from ...results import Reason

__all__ = ["Twilio", "TwilioConfig"]

DEFAULT_URL = "https://api.twilio.com"

SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}

# 20500 is left to its HTTP status: Twilio says of it that sending again may send twice
# (https://www.twilio.com/docs/api/errors/20500), and of 20429 that the request was never processed.
ERRORS = error_table(
    (AuthError, "10001 20003 20005 20006 20008 20403 30002 70051 90010"),
    (Reason.INVALID_RECIPIENT, "21211 21217 21265 21266 21421 21604 21608 21614 21635"),
    (Reason.NO_ROUTE, "21408 21612"),
    (Reason.INVALID_SENDER, "21212 21601 21603 21606 21607 21621 21622 21657 21659 21660 21661"),
    (Reason.INVALID_SENDER, "21701 21702 21703 21704 21705 21709 21712"),
    (Reason.REGULATION, "21717"),
    (Reason.INVALID_CONTENT, "21602 21617 21618 21620 21623 21654 21655 21656"),
    (Reason.OPTED_OUT, "21610"),
    (Reason.UNKNOWN, "20404 21609 21624 21626 35111 35114 35115 35116 35117 35118 35119 90007"),
    (Throttled, "14107 20429 21611 63017 63018"),
    (TemporaryFailure, "20503"),
)
REPORT_REASONS = lookup_table(
    (Reason.SUSPENDED, "30002"),
    (Reason.BLOCKED, "30004"),
    (Reason.INVALID_RECIPIENT, "30005 30006"),
    (Reason.INVALID_SENDER, "30042"),
    (Reason.INVALID_CONTENT, "30007 30019"),
    (Reason.REGULATION, "30018 30024 30032 30034"),
    (Reason.EXPIRED, "30036"),
    (Reason.UNKNOWN, "30001 30003 30008 30010 30017 30022 30023 30027"),
)


class TwilioConfig(TwimlConfig):
    """Account, credentials and region."""

    base_url: str = Field(DEFAULT_URL, title="API URL", description="Leave as it is, unless a simulator answers.")
    account_sid: str = Field(
        title="Account SID",
        description="Console, Account info.",
        pattern="^AC[0-9a-fA-F]{32}$",
        examples=["AC" + "0" * 32],
    )
    messaging_service_sid: str | None = Field(
        None,
        title="Messaging service SID",
        description="A sender pool, Console, Messaging, Services; it replaces the channel's address.",
        pattern="^MG[0-9a-fA-F]{32}$",
    )
    api_key_sid: str | None = Field(
        None,
        title="API key SID",
        description="Console, API keys; sends instead of the auth token, but signs no webhooks.",
        pattern="^SK[0-9a-fA-F]{32}$",
    )
    api_key_secret: SecretStr | None = Field(None, title="API key secret", description="Shown once when it is made.")
    region: str | None = Field(
        None, title="Region", description="Such as ie1 or au1; needs the edge.", pattern="^[a-z0-9]+$"
    )
    edge: str | None = Field(None, title="Edge", description="Such as dublin or sydney.", pattern="^[a-z0-9-]+$")
    shared_key_id: str | None = Field(None, title="Shared key id", description="Webhook signing by shared key (beta).")
    shared_key: SecretStr | None = Field(None, title="Shared key", description="Signs webhooks with HMAC-SHA256.")

    @model_validator(mode="after")
    def _pairs(self) -> TwilioConfig:
        for first, second in (("api_key_sid", "api_key_secret"), ("region", "edge"), ("shared_key_id", "shared_key")):
            if (getattr(self, first) is None) != (getattr(self, second) is None):
                raise ValueError(f"{first} and {second} go together: give both or neither")
        return self


class Twilio(TwimlKit):
    """The adapter."""

    Config = TwilioConfig
    errors = ERRORS
    report_reasons = REPORT_REASONS
    expired_codes = frozenset({"30036"})

    def root(self, config: TwilioConfig) -> str:
        """The API's host, that of the region where one is set."""
        if config.region and config.base_url == DEFAULT_URL:
            return f"https://api.{config.edge}.{config.region}.twilio.com"
        return super().root(config)

    @hookimpl
    def authenticate(self, channel: Channel[TwilioConfig]) -> Auth:
        """HTTP Basic with the API key where there is one, else with the account's token."""
        config = channel.config
        if config.api_key_sid and config.api_key_secret:
            return BasicAuth(config.api_key_sid, config.api_key_secret.get_secret_value())
        return BasicAuth(config.account_sid, config.auth_token.get_secret_value())

    def check_request(self, channel: Channel[TwilioConfig]) -> HttpRequest:
        """The account; with an API key its messages, since a standard key may not read the account."""
        return self.newest_message(channel) if channel.config.api_key_sid else super().check_request(channel)

    def signing_key(self, channel: Channel[Any], request: WebhookRequest) -> tuple[str, str]:
        """The shared key that the settings header names; the auth token where it names no algorithm."""
        settings = (request.headers.get(SETTINGS_HEADER) or "").split(",")
        named = {name.strip(): value.strip() for name, _, value in (item.partition("=") for item in settings)}
        algorithm, config = named.get("algorithm"), channel.config
        if not algorithm:
            return super().signing_key(channel, request)
        if config.shared_key is None or named.get("key") != config.shared_key_id:
            raise InvalidSignature("the webhook is signed with a shared key that the channel does not have")
        digest = DIGESTS.get(algorithm.upper())
        if digest is None:
            raise InvalidSignature("the webhook is signed by an unknown algorithm")
        return config.shared_key.get_secret_value(), digest
