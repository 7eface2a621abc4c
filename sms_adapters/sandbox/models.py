"""The values of the control API, which its OpenAPI document describes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from ..simulation import Fate

__all__ = [
    "Adapter",
    "Conversation",
    "ConversationPage",
    "Direction",
    "Exchange",
    "ExchangePage",
    "FateChoice",
    "Fates",
    "Faults",
    "Found",
    "Health",
    "Host",
    "HostSettings",
    "Injection",
    "Message",
    "MessageDetail",
    "Page",
    "Problem",
    "Settings",
    "Word",
]

LONGEST_TEXT = 10_000


Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+[^\s#]*$", max_length=2000)]
Segment = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]+$", max_length=100)]


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("it is true or false, not a number")  # noqa: TRY004 - what pydantic wants of a validator
    return value


# The bounds stand before the validator, or the document would not have them.
ErrorStatus = Annotated[int, Field(ge=400, le=599), BeforeValidator(_no_truth)]
Day = Annotated[int, Field(ge=0, le=86_400), BeforeValidator(_no_truth)]
Attempts = Annotated[int, Field(ge=1, le=1000), BeforeValidator(_no_truth)]
Rate = Annotated[float, Field(strict=True, ge=0, le=1)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=3600)]
Direction = Literal["mt", "mo"]


class Values(BaseModel):
    """Immutable, and strict about names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


SmscProfile: TypeAlias = Literal[
    "good",
    "hex_id",
    "padded_id",
    "bare_error",
    "ucs2_receipt",
    "early_receipt",
    "small_window",
    "throttle",
    "idle_cut",
    "garbage",
    "slow",
]
"""The names of `smsc.serving.PROFILES`."""


class Faults(Values):
    """What goes wrong between a host and an aggregator; rates are shares of requests, 1 is each of them."""

    latency: Seconds = Field(default=0, description="Seconds before each answer.")
    error_rate: Rate = Field(default=0, description="Answered with `error_status`, nothing accepted.")
    error_status: ErrorStatus = 500
    throttle_rate: Rate = Field(default=0, description="Answered with 429 and Retry-After, nothing accepted.")
    retry_after: Day = Field(default=1, description="Seconds of that Retry-After.")
    reset_rate: Rate = Field(default=0, description="The connection is reset, nothing accepted.")
    lost_answer_rate: Rate = Field(
        default=0, description="Accepted, and the connection is reset in place of the answer."
    )
    slow_body: Seconds = Field(default=0, description="Seconds over which the body of each answer is stretched.")
    webhook_outage: bool = Field(default=False, strict=True, description="Webhooks wait until this ends.")
    smsc_profile: SmscProfile = Field(default="good", description="How SMSCs behave beside the protocol.")


class Settings(Values):
    """How time passes."""

    pace: Annotated[float, Field(strict=True)] = Field(
        default=1, ge=0, le=100, description="Factor for every wait below and between attempts; 0: none."
    )
    sent_after: Seconds = Field(default=0.3, description="Seconds from acceptance to the first report.")
    next_after: Seconds = Field(default=1.5, description="Seconds from each report to the next.")
    late_after: Seconds = Field(default=30, description="Seconds more for the fate `late`.")
    attempts: Attempts | None = Field(
        default=None, description="Most attempts of a webhook; the aggregator's own number if left out."
    )
    hold: bool = Field(
        default=False, strict=True, description="Accepted messages stay queued until a fate is chosen by hand."
    )


class HostSettings(Values):
    """Where an aggregator's console points for incoming messages; `inbound_url` wins over what is built."""

    public_url: Url | None = Field(
        default=None, description="The host's base URL, for one that mounts this package's webhooks."
    )
    channel_id: Segment = Field(default="sandbox", description="The channel's id in its webhook URLs.")
    callback_secret: Word | None = Field(default=None, description="The channel's, for aggregators that do not sign.")
    inbound_url: Url | None = Field(default=None, description="The whole URL, for any other host.")
    number: Word | None = Field(default=None, description="Only for messages to this number of the host.")


class Host(Values):
    """A registered host."""

    number: str | None
    inbound_url: str


class Adapter(Values):
    """A simulated aggregator."""

    id: str
    name: str
    kind: str
    base_url: str
    number: str = Field(description="A sender that the channel below has.")
    channel: dict[str, Any] = Field(description="A channel that works here: arguments of Registry.open.")
    toml: str = Field(description="The same for sms-adapters.toml.")
    capabilities: dict[str, str]
    hosts: list[Host]
    redelivery: dict[str, Any]
    faults: Faults


class Entered(Values):
    """A status and when it was entered."""

    status: str
    at: str


class Message(Values):
    """A message: `mt` went to the handset, `mo` came from it. `submission` is the exchange that brought it."""

    id: int
    adapter: str
    direction: Direction
    provider_id: str | None
    handset: str
    number: str
    text: str
    data: str | None = Field(description="Hex, for a binary message.")
    encoding: str = Field(description="gsm7, ucs2 or binary.")
    segments: int
    status: str
    fate: Fate
    at: str
    submission: int | None
    history: list[Entered]


class WireRequest(Values):
    """A request; secrets are masked. `encoding` is hex where the body is no UTF-8.

    Of a frame `method` is the operation, the body its fields, and a header its octets.
    """

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: str
    encoding: Literal["utf-8", "hex"]


class WireResponse(Values):
    """An answer; secrets are masked. Of a frame the status is 0 for success, and a header has the SMSC's own words."""

    status: int
    headers: list[tuple[str, str]]
    body: str
    encoding: Literal["utf-8", "hex"]


class Exchange(Values):
    """What went over the wire; `messages` are those that it brought or reports on."""

    id: int
    adapter: str
    protocol: str = Field(description="http, or that of the SMSC's frames: smpp, ucp, cimd2.")
    direction: Literal["to_aggregator", "to_host"]
    at: str
    duration: float
    attempt: int
    messages: list[int]
    request: WireRequest
    response: WireResponse | None
    error: str | None
    curl: str | None = Field(description="The request as a command; null for a frame.")


class MessageDetail(Message):
    """A message with its exchanges, oldest first."""

    exchanges: list[Exchange]


class Page(Values):
    """Messages; `next` is the `before` (or, ascending, the `after`) of the next page, null on the last one."""

    items: list[Message]
    next: int | None


class ExchangePage(Values):
    """Exchanges, newest first."""

    items: list[Exchange]
    next: int | None


class Conversation(Values):
    """All messages between a handset and a number of the host through one aggregator."""

    adapter: str
    handset: str
    number: str
    count: int
    last: Message


class ConversationPage(Values):
    """Conversations, the latest first; `next` is the `before` of the next page."""

    items: list[Conversation]
    next: int | None


class Injection(Values):
    """A message from a handset."""

    adapter: Word
    sender: Word = Field(description="The handset's number.")
    to: Word | None = Field(default=None, description="The host's number; that of the channel if left out.")
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
    fate: Fate | None = Field(
        None, description="delivered, late, duplicated or out_of_order; by the number if left out."
    )


class FateChoice(Values):
    """A fate."""

    fate: Fate


class Fates(Values):
    """What numbers meet: by their last two digits, and those chosen by hand."""

    digits: dict[str, Fate]
    otherwise: Fate
    chosen: dict[str, Fate]


class Found(Values):
    """The messages that were waited for; `complete` is false if the time was over first."""

    complete: bool
    items: list[Message]


class Problem(Values):
    """Why it was not done, in a sentence."""

    detail: str


class Health(Values):
    """That the sandbox is up."""

    version: str
    messages: int
    pending_webhooks: int
    host_errors: int
