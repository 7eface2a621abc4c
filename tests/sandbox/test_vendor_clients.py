"""The aggregators' own client libraries send through the sandbox, told nothing but where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hosting import SmallHost
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client as Twilio
from vonage import Auth, HttpClientOptions, Vonage
from vonage_messages.models import Sms as MessagesSms
from vonage_sms import SmsMessage

from sms_adapters import DeliveryReport, Registry
from sms_adapters.sandbox.client import SandboxClient
from sms_adapters.sandbox.desk import Sandbox
from sms_adapters.sandbox.models import Settings
from sms_adapters.sandbox.serving import Tls, running

HOST_NUMBER, HANDSET, INVALID = "+12025550100", "+12025550123", "+12025550195"
TEXT = "Ὀδυσσεύς: 10€ & 1 < 2 👍🏽"


def test_twilios_client_sends_and_its_callback_arrives(sms_sandbox: SandboxClient, host: SmallHost) -> None:
    channel = host.add(sms_sandbox.channel("twilio", public_url=host.url))
    given = sms_sandbox.adapter("twilio").channel["config"]
    client = Twilio(given["account_sid"], given["auth_token"])
    client.api.base_url = given["base_url"]
    callback = channel.callback_url("status", id="1")
    made = client.messages.create(to=HANDSET, from_=HOST_NUMBER, body=TEXT, status_callback=callback)
    assert [report.status for report in host.wait_for(DeliveryReport, 2)] == ["sent", "delivered"]
    (kept,) = sms_sandbox.assert_sent(provider_id=made.sid)
    assert (kept.text, kept.encoding, str(kept.segments)) == (TEXT, "ucs2", made.num_segments)
    assert client.messages(made.sid).fetch().status == "delivered"
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=INVALID, from_=HOST_NUMBER, body=TEXT)
    assert (refused.value.status, refused.value.code) == (400, 21211)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[SandboxClient, Path]]:
    """A sandbox on https, and the certificate to be trusted."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(hours=1))
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(addresses, critical=True).sign(key, hashes.SHA256())
    certificate, secret = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*plain))
    tls = Tls(str(certificate), str(secret))
    made = running(lambda: Sandbox(Registry(), adapters=["vonage"], settings=Settings(pace=0)), tls=tls)
    with made as served, SandboxClient(served.url, verify=str(certificate)) as client:
        yield client, certificate


def test_vonages_client_sends_by_both_products(
    secured: tuple[SandboxClient, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox, certificate = secured
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    given = sandbox.adapter("vonage").channel["config"]
    place = given["base_url"].removeprefix("https://")
    options = HttpClientOptions(api_host=place, rest_host=place)
    client = Vonage(Auth(api_key=given["account"], api_secret=given["api_secret"]), options)
    answer = client.sms.send(SmsMessage(to=HANDSET[1:], from_=HOST_NUMBER[1:], text=TEXT, type="unicode"))
    (kept,) = sandbox.assert_sent(provider_id=answer.messages[0].message_id)
    assert (kept.text, kept.handset) == (TEXT, HANDSET)
    client.http_client._auth_method = "basic"
    sent = client.messages.send(MessagesSms(to=HANDSET[1:], from_=HOST_NUMBER[1:], text=TEXT))
    (kept,) = sandbox.assert_sent(provider_id=sent.message_uuid)
    assert kept.text == TEXT


def published(client: Any) -> str:
    made: str = client.publish(PhoneNumber=HANDSET, Message=TEXT)["MessageId"]
    return made


def sent(client: Any) -> str:
    made: str = client.send_text_message(DestinationPhoneNumber=HANDSET, MessageBody=TEXT)["MessageId"]
    return made


@pytest.mark.parametrize(("service", "send"), [("sns", published), ("pinpoint-sms-voice-v2", sent)])
def test_boto3_sends_by_both_services_signed(
    sms_sandbox: SandboxClient, service: str, send: Callable[[Any], str]
) -> None:
    given = sms_sandbox.adapter("aws_sns").channel["config"]

    def client(secret: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=given["base_url"],
            region_name=given["region"],
            aws_access_key_id=given["access_key_id"],
            aws_secret_access_key=secret,
            config=BotoConfig(retries={"max_attempts": 1}),
        )

    identity = send(client(given["secret_access_key"]))
    (kept,) = sms_sandbox.wait_for(provider_id=identity, status="delivered")
    assert (kept.text, kept.segments) == (TEXT, 1)
    stranger = client("wrong")
    with pytest.raises(ClientError) as refused:
        send(stranger)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    sms_sandbox.assert_sent(1)
