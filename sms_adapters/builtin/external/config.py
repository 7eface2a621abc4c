"""The configuration of an External API channel: RapidPro's own keys with RapidPro's own defaults.

Source: "temba/channels/types/external" of RapidPro,
https://github.com/rapidpro/rapidpro/tree/main/temba/channels/types/external. It stores an empty text where a field
of the form is left blank, so that an empty text means "not set" here as well.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    SerializationInfo,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from ...config import AdapterConfig
from .template import Style, Template, style_of
from .xpath import compile_xpath

__all__ = ["Config"]

DEFAULT_BODY = (
    "id={{id}}&text={{text}}&to={{to}}&to_no_plus={{to_no_plus}}&from={{from}}&from_no_plus={{from_no_plus}}"
    "&channel={{channel}}"
)
_ORIGIN = re.compile(r"https?://[^/?#@{}\s]+(?=[/?]|$)", re.ASCII | re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})


def _template(value: Any) -> Template:
    if isinstance(value, Template):
        return value
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str):
        raise ValueError("has to be text")  # noqa: TRY004 - pydantic reports a ValueError
    return Template.read(text)


def _url_template(value: Any) -> Template:
    template = _template(value.strip() if isinstance(value, str) else value)
    url = template.source
    if not _ORIGIN.match(url):
        raise ValueError("has to start with https:// and a host, without variables or credentials before the path")
    if not (url.isascii() and url.isprintable()) or " " in url or "#" in url:
        raise ValueError("a space, # or a character outside ASCII has to be percent-encoded: %20, %23")
    return template


def _header_value(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("it holds a line break or another character that no header can carry")
    return value


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _dumped(template: Template, info: SerializationInfo) -> Any:
    """Masked as JSON; as Python values whole but hidden, which is how pydantic keeps a SecretStr."""
    return str(template) if info.mode == "json" else SecretStr(template.source)


_AS_TEXT = (PlainSerializer(_dumped), WithJsonSchema({"type": "string"}))
BodyTemplate = Annotated[Template, PlainValidator(_template), *_AS_TEXT]
UrlTemplate = Annotated[Template, PlainValidator(_url_template), *_AS_TEXT]
HeaderValue = Annotated[SecretStr, BeforeValidator(_number_as_text), AfterValidator(_header_value)]
Literally = Annotated[str, StringConstraints(strip_whitespace=False)]


class Config(AdapterConfig):
    """Where and how messages are sent, and how incoming ones are written."""

    base_url: str = Field(
        "",
        title="Base URL",
        description="Leave empty, unless a simulator answers: it replaces scheme and host of the send URL.",
        pattern=r"^(https?://[^?#@{}\s]+)?$",
    )
    send_url: UrlTemplate = Field(
        title="Send URL",
        description=(
            "Called for each part of a message; variables such as {{text}} are replaced, percent-encoded. Secrets are "
            "kept out of logs where they stand under a telling name, such as password=, token= or key=."
        ),
    )
    method: Literal["POST", "GET", "PUT"] = Field("POST", title="Method", description="GET sends no body.")
    content_type: str = Field(
        "urlencoded",
        title="Content type",
        description="urlencoded, json, xml, or a MIME type of your own, in which nothing is escaped. Always UTF-8.",
        pattern=r"^(urlencoded|json|xml|[!-.0-~]+/[!-:<-~]+( *;[ -~]*)?)$",
    )
    body: BodyTemplate = Field(
        DEFAULT_BODY,
        validate_default=True,
        title="Request body",
        description='For POST and PUT. In json a variable brings its own quotes: {"text":{{text}}}.',
    )
    max_length: int = Field(
        160,
        ge=1,
        title="Maximum length",
        description="In characters; a longer text is sent in several requests.",
        # The platform's form stores the number as text at times, and courier reads either.
        json_schema_extra={"type": ["integer", "string"], "pattern": "^[0-9]+$"},
    )
    encoding: Literal["D", "S", "U"] = Field(
        "D", title="Encoding", description="S replaces typographic characters if the text then is GSM-7."
    )
    headers: dict[str, HeaderValue] = Field(
        {}, title="Request headers", description="Sent with each request; they win over the ones made here."
    )
    send_authorization: HeaderValue = Field(
        SecretStr(""), title="Authorization header value", description='Such as "Token 0123" or "Basic dXNlcjpwYXNz".'
    )
    mt_response_check: Literally = Field(
        "", title="MT response check", description="What the body of a 2xx answer has to contain; case counts."
    )
    use_national: bool = Field(
        default=False, title="National numbers", description="to and to_no_plus are written without country code."
    )
    mo_from_field: str = Field("", title="MO sender field", description="Looked for before from and sender.")
    mo_text_field: str = Field("", title="MO text field", description="Looked for before text.")
    mo_date_field: str = Field("", title="MO date field", description="Looked for before date and time.")
    from_xpath: str = Field(
        "", title="XPath of the sender", description="With text_xpath: messages come as XML. Needs the extra xpath."
    )
    text_xpath: str = Field("", title="XPath of the text", description="Goes with from_xpath.")
    mo_response: Literally = Field(
        "", title="MO response", description="Answered to a message that was read, in place of the platform's JSON."
    )
    mo_response_content_type: str = Field(
        "", title="MO response content type", description="Such as text/xml.", pattern="^[ -~]*$"
    )

    @field_validator("headers")
    @classmethod
    def _settable(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        if wrong := [name for name in headers if not _HEADER_NAME.fullmatch(name)]:
            raise ValueError(f"{', '.join(map(repr, wrong))}: no name of a header")
        if wrong := [name for name in headers if name.lower() in _FRAMING]:
            raise ValueError(f"{', '.join(wrong)}: set for each request by the HTTP client")
        return headers

    @field_validator("from_xpath", "text_xpath")
    @classmethod
    def _compiles(cls, expression: str) -> str:
        if expression:
            compile_xpath(expression)
        return expression

    @model_validator(mode="after")
    def _belong_together(self) -> Config:
        if bool(self.from_xpath) != bool(self.text_xpath):
            raise ValueError("from_xpath and text_xpath go together: give both or neither")
        if self.method != "GET" and self.content_type != "urlencoded" and "body" not in self.model_fields_set:
            raise ValueError(f"body: the default one is urlencoded; give one for content type {self.content_type}")
        return self

    @cached_property
    def url(self) -> Template:
        """`send_url`, below `base_url` where that is set."""
        if not self.base_url:
            return self.send_url
        return Template.read(_ORIGIN.sub(lambda _: self.base_url.rstrip("/"), self.send_url.source, count=1))

    @cached_property
    def style(self) -> Style:
        """How the body is written."""
        return style_of(self.content_type)

    @cached_property
    def names(self) -> frozenset[str]:
        """The variables that a request needs."""
        return self.url.names if self.method == "GET" else self.url.names | self.body.names

    @cached_property
    def header_pairs(self) -> tuple[tuple[str, str], ...]:
        """The configured headers in the order in which they are set, later ones winning."""
        own = self.send_authorization.get_secret_value()
        given = ((name, value.get_secret_value()) for name, value in self.headers.items())
        return (*((("Authorization", own),) if own else ()), *given)
