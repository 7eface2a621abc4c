"""The errors of both services: a type or code, and for End User Messaging a reason beside it.

Sources: "SendTextMessage" https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html
with the pages of its exceptions; "Publish" https://docs.aws.amazon.com/sns/latest/api/API_Publish.html; "Common errors"
https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html; botocore 1.44.5, data/pinpoint-sms-voice-v2 and data/sns
(every reason; the codes of SNS on the wire).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...errors import AuthError, ProtocolError, Rejected, SmsError, TemporaryFailure, Throttled
from ...http import HttpResponse
from ...kits import fail_by_status
from ...kits.tables import error_table, lookup_table, table_error
from ...kits.values import objects_of, text_of
from ...results import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["ERRORS", "FIELDS", "WORDS", "leaves", "sns_values", "voice_values"]

# InternalServerException says that the request was not completed. InternalError and InternalFailure, which say nothing
# of the kind, are left to their HTTP status.
ERRORS = error_table(
    (AuthError, "AccessDeniedException INSUFFICIENT_ACCOUNT_REPUTATION ACCOUNT_DISABLED"),
    (AuthError, "UnrecognizedClientException InvalidSignatureException ExpiredTokenException IncompleteSignature"),
    (AuthError, "AccessDenied AuthFailure AuthorizationError ExpiredToken IncompleteSignatureException"),
    (AuthError, "InvalidClientTokenId InvalidSecurity MissingAuthenticationToken MissingAuthenticationTokenException"),
    (AuthError, "NotAuthorized OptInRequired RequestExpired SignatureDoesNotMatch"),
    (Reason.OPTED_OUT, "DESTINATION_PHONE_NUMBER_OPTED_OUT"),
    (Reason.BLOCKED, "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"),
    (Reason.BLOCKED, "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION DAILY_DESTINATION_CALL_LIMIT"),
    (Reason.INVALID_RECIPIENT, "DESTINATION_PHONE_NUMBER_NOT_VERIFIED COUNTRY_CODE_MISMATCH"),
    (Reason.NO_ROUTE, "DESTINATION_COUNTRY_BLOCKED COUNTRY_NOT_ENABLED INTERNATIONAL_SENDING_NOT_SUPPORTED"),
    (Reason.INVALID_SENDER, "NO_ORIGINATION_IDENTITIES_FOUND RESOURCE_NOT_ACTIVE MESSAGE_TYPE_MISMATCH"),
    (Reason.INVALID_SENDER, "NUMBER_CAPABILITIES_MISMATCH INVALID_IDENTITY_FOR_DESTINATION_COUNTRY KEYWORD_MISMATCH"),
    (Reason.INVALID_SENDER, "SENDER_ID_NOT_SUPPORTED CHANNEL_NOT_ENABLED RESOURCE_NOT_ACCESSIBLE INVALID_ARN"),
    (Reason.INVALID_SENDER, "PHONE_NUMBER_NOT_IN_REGISTRATION_REGION ResourceNotFoundException"),
    (Reason.REGULATION, "SENDER_ID_NOT_REGISTERED SENDER_ID_REQUIRES_REGISTRATION REGISTRATION_NOT_COMPLETE"),
    (Reason.INVALID_CONTENT, "MAXIMUM_SIZE_EXCEEDED MEDIA_TYPE_NOT_SUPPORTED"),
    (Reason.NO_CREDIT, "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA"),
    (Reason.UNKNOWN, "PRICE_OVER_THRESHOLD FIELD_VALIDATION_FAILED INVALID_PARAMETER MISSING_PARAMETER"),
    (Reason.UNKNOWN, "ConflictException ValidationException ServiceQuotaExceededException"),
    (Reason.UNKNOWN, "InvalidParameter ParameterValueInvalid ValidationError NotFound EndpointDisabled"),
    (Reason.UNKNOWN, "PlatformApplicationDisabled KMSDisabled KMSInvalidState KMSNotFound KMSOptInRequired"),
    (Reason.UNKNOWN, "KMSAccessDenied"),
    (Throttled, "ThrottlingException Throttling ThrottledException TooManyRequestsException KMSThrottling"),
    (TemporaryFailure, "InternalServerException ServiceUnavailable ServiceUnavailableException"),
)
FIELDS = lookup_table(
    (Reason.INVALID_RECIPIENT, "DestinationPhoneNumber"),
    (Reason.INVALID_SENDER, "OriginationIdentity"),
    (Reason.INVALID_CONTENT, "MessageBody"),
)
# SNS has one code for everything that is wrong with a request; its sentence names the parameter, or only the attribute.
WORDS: tuple[tuple[str, Reason], ...] = (
    ("opted out", Reason.OPTED_OUT),
    ("AWS.SNS.SMS.SenderID", Reason.INVALID_SENDER),
    ("AWS.MM.SMS.OriginationNumber", Reason.INVALID_SENDER),
    ("AWS.", Reason.UNKNOWN),
    ("PhoneNumber", Reason.INVALID_RECIPIENT),
    ("phone number", Reason.INVALID_RECIPIENT),
    ("Message too long", Reason.INVALID_CONTENT),
    ("Empty message", Reason.INVALID_CONTENT),
    ("parameter: Message ", Reason.INVALID_CONTENT),
)


def voice_values(response: HttpResponse, *, submitted: bool = True) -> dict[str, Any]:
    """The JSON object of a 2xx answer of End User Messaging; an `SmsError` for any other."""
    values = response.json_object() if response.ok else _object(response)
    if response.ok and "__type" not in values:
        return values
    given = text_of(values.get("__type")) or response.headers.get("x-amzn-errortype") or ""
    kind = given.rpartition("#")[2].partition(":")[0]
    text = text_of(values.get("Message")) or text_of(values.get("message"))
    reason = text_of(values.get("Reason"))
    names = (text_of(item.get("Name")) for item in objects_of(values.get("Fields")))
    field = next((FIELDS[name] for name in names if name in FIELDS), None)
    raise _refusal(response, (reason, kind), text, field, submitted)


def sns_values(response: HttpResponse, *, submitted: bool = True) -> dict[str, str]:
    """The elements of a 2xx answer of SNS that hold text, by name; an `SmsError` for any other."""
    values = dict(leaves(response.xml())) if response.ok else _elements(response)
    if response.ok and "Code" not in values:
        return values
    text = values.get("Message")
    word = next((reason for words, reason in WORDS if words in (text or "")), None)
    raise _refusal(response, (values.get("Code"),), text, word, submitted)


def leaves(root: Element) -> Iterator[tuple[str, str]]:
    """Names without namespace and texts of the elements that have no others inside."""
    for element in root.iter():
        if len(element) == 0 and element.text and isinstance(element.tag, str):
            yield element.tag.rpartition("}")[2], element.text


def _object(response: HttpResponse) -> dict[str, Any]:
    try:
        return response.json_object()
    except ProtocolError:
        return {}


def _elements(response: HttpResponse) -> dict[str, str]:
    try:
        return dict(leaves(response.xml()))
    except ProtocolError:
        return {}


def _refusal(
    response: HttpResponse, codes: tuple[str | None, ...], text: str | None, told: Reason | None, submitted: bool
) -> SmsError:
    """What the first code that is known means; `told` is what is at fault, where the code leaves that open."""
    known = [code for code in codes if code]
    found = (table_error(ERRORS, one, text, retry_after=response.retry_after) for one in known)
    error = next((one for one in found if one is not None), None)
    if error is None:
        fail_by_status(response, text, code=known[0] if known else None, submitted=submitted)
    return _named(error, known[0], told)


def _named(error: SmsError, code: str, told: Reason | None) -> SmsError:
    """The error under its most telling code, for the reason that is told where the table has none."""
    error.provider_code = code
    if isinstance(error, Rejected) and error.reason is Reason.UNKNOWN and told is not None:
        return Rejected(
            f"refused: {told.value.replace('_', ' ')}", told, provider_code=code, provider_text=error.provider_text
        )
    return error
