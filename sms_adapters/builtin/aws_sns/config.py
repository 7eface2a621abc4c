"""The configuration of an AWS channel: keys, region, which of two services sends, and the topics that are believed."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, SecretStr

from ...channel import Channel
from ...config import AdapterConfig

__all__ = ["AwsChannel", "Config", "service_url"]

DEFAULT_URL = "https://amazonaws.com"


class Config(AdapterConfig):
    """Keys of an IAM user or role, the region, and what the messages of the channel have in common."""

    base_url: str = Field(
        DEFAULT_URL,
        title="API URL",
        description="Leave as it is: the service and the region are put before it. Any other URL answers for both "
        "services, and its certificates sign webhooks: for a simulator, or an emulator of AWS.",
        pattern=r"^https?://[^?#\s]+$",
    )
    access_key_id: str = Field(
        title="Access key id",
        description="IAM console, Users, Security credentials; it needs sms-voice:SendTextMessage, or sns:Publish.",
        pattern="^[A-Za-z0-9]{16,128}$",
        examples=["AKIAIOSFODNN7EXAMPLE"],
    )
    secret_access_key: SecretStr = Field(
        title="Secret access key", description="IAM console; shown once when the key is made.", min_length=1
    )
    session_token: SecretStr | None = Field(
        None, title="Session token", description="Only with temporary keys of STS.", min_length=1
    )
    region: str = Field(
        title="Region",
        description="Where the numbers and sender ids are, such as eu-west-1; regions share nothing.",
        pattern="^[a-z]{2,4}(-[a-z]+)+-[0-9]+$",
        examples=["us-east-1"],
    )
    api: Literal["sms-voice", "sns"] = Field(
        "sms-voice",
        title="Service that sends",
        description="sms-voice: End User Messaging SMS, with reports. sns: Publish of Amazon SNS, without.",
    )
    origination_identity: str | None = Field(
        None,
        title="Origination identity",
        description="End User Messaging console: id or ARN of a pool, number or sender id; replaces the address.",
        pattern=r"^[A-Za-z0-9_:/+-]{1,256}$",
    )
    configuration_set: str | None = Field(
        None,
        title="Configuration set",
        description="End User Messaging console; one with an SNS topic as event destination brings reports.",
        pattern="^[A-Za-z0-9_:/-]{1,256}$",
    )
    message_type: Literal["TRANSACTIONAL", "PROMOTIONAL"] | None = Field(
        None, title="Message type", description="Leave empty for what the number or account is set to."
    )
    max_price: str | None = Field(
        None,
        title="Highest price",
        description="US dollars for each part; dearer messages are refused.",
        pattern=r"^[0-9]{0,2}\.[0-9]{1,5}$",
        examples=["0.50"],
    )
    topic_arns: tuple[str, ...] = Field(
        (),
        title="Topics",
        description="SNS console: ARNs of the topics whose HTTPS subscription is this channel's webhook URL. Every "
        "customer of AWS can sign with the same key, so messages of other topics are refused.",
        examples=[["arn:aws:sns:us-east-1:123456789012:sms"]],
    )


AwsChannel: TypeAlias = Channel[Config]


def service_url(config: Config) -> str:
    """The endpoint of the service that sends.

    Source: "Regions and endpoints", https://docs.aws.amazon.com/general/latest/gr/end-user-messaging.html
    """
    if config.base_url != DEFAULT_URL:
        return f"{config.base_url.rstrip('/')}/"
    end = ".cn" if config.region.startswith("cn-") else ""
    return f"https://{config.api}.{config.region}.amazonaws.com{end}/"
