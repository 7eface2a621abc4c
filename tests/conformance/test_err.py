"""Each check of errors lets a good adapter pass, and catches those that tell a host more or less than they know."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import ADAPTER, Broken, Edit, broken, ids_of, made, rows, with_send
from mutants import catches, good, passes

BARE = "fail_by_status(response, text, code=code or None)"
NO_ID = 'raise ProtocolError("the answer has no id")'
READ = "        values = response.json_object()\n        if "
BY_STATUS = "        if not response.ok:\n            raise self.error_of(response)\n"
BY_BODY = '        if "error" in values:\n            raise self.error_of(response)\n'
FOUND = "        return found\n"
WHOLE_ID = 'if not (values.get("id") and isinstance(values["id"], str)):'
UNKNOWN = 'return ProtocolError("the answer has an unknown error", provider_code=code, provider_text=text)'
NEVER_MIND = Edit(ADAPTER, NO_ID, "return PartResult('a-1')")
ERROR_TEXT = 'str(error.get("message") or "") or None'


def at_status(check: str, what: str, says: str, test: str, result: str) -> Broken:
    """Another end for an answer without a known code."""
    return broken(check, what, says, BARE, f"if {test}:\n                {result}\n            {BARE}")


def at_first(check: str, what: str, says: str, test: str, result: str) -> Broken:
    """Another end for an answer, before anything in it is read."""
    return broken(check, what, says, BY_STATUS, f"        if {test}:\n            {result}\n{BY_STATUS}")


def on_the_way(check: str, what: str, says: str, *lines: str) -> Broken:
    """Another way to get the response to a request."""
    steps = "\n    ".join(lines)
    return with_send(
        check,
        what,
        says,
        f"""
for part in self.split(channel, message):
    request = self.build_request(channel, message, part)
    {steps}
    accepted.append(self.read_response(channel, part, response))
""",
    )


OWN_ID = Edit(
    ADAPTER,
    "class Acme(SendKit):\n",
    "class Acme(SendKit):\n    def own_id(self, channel, message, part):\n        return message.id\n\n",
)

TABLE: tuple[Broken, ...] = (
    broken("ERR001", "may be sent again", "Rejected was expected", "Reason.INVALID_RECIPIENT", "TemporaryFailure"),
    broken("ERR001", "is not understood", "Rejected was expected", "Reason.OPTED_OUT", "ProtocolError"),
    broken("ERR001", "no words", "neither the aggregator's code nor", FOUND, "        return type(found)('refused')\n"),
    at_first("ERR001", "a success", "read as a success", "response.status == 400", "return PartResult('a-1')"),
    broken("ERR002", "another reason", "opted_out: one of", "Reason.OPTED_OUT", "Reason.NO_CREDIT"),
    broken("ERR002", "the wrong address", "invalid: one of", "Reason.INVALID_RECIPIENT", "Reason.INVALID_SENDER"),
    broken("ERR003", "throttled for good", "throttled: a retryable", "(Throttled, ", "(Reason.BLOCKED, "),
    broken("ERR003", "in doubt", "unavailable: a retryable", "(TemporaryFailure, ", "(ProtocolError, "),
    broken("ERR003", "no words", "neither the aggregator's", FOUND, "        raise type(found)('later')\n"),
    at_status("ERR004", "not known", "Throttled was expected", "True", "raise ProtocolError('?')"),
    at_status("ERR004", "no seconds", "17.0 seconds, the error None", "True", "raise Throttled('slow')"),
    at_status(
        "ERR004", "made up", "None seconds, the error 9", "True", "raise Throttled('', response.retry_after or 9)"
    ),
    at_status("ERR005", "later", "but TemporaryFailure", "response.status >= 500", "raise TemporaryFailure('down')"),
    at_status("ERR005", "refused", "but AuthError", "response.status >= 500", "raise AuthError('down')"),
    at_first("ERR005", "a success", "read as a success", "response.status == 502", "return PartResult()"),
    on_the_way(
        "ERR005",
        "sent again",
        "1 more requests by itself",
        "response = yield request",
        "while response.status >= 500:",
        "    response = yield request",
    ),
    broken("ERR006", "any object", "with b'{}' was read as a success", NO_ID, "return PartResult()"),
    at_first("ERR006", "nothing", "an empty body was read as a success", "not response.body", "return PartResult()"),
    at_first("ERR006", "any page", "a page was read as a success", "b'html' in response.body", "return PartResult()"),
    broken("ERR006", "later", "is retryable", NO_ID, "raise TemporaryFailure('no id')"),
    broken(
        "ERR007",
        "half an id",
        "was read as [('a-",
        READ,
        """        import re
        values = dict(re.findall(r'"(\\w+)":"([^"]*)', response.text))
        if """,
    ),
    at_first("ERR007", "later", "was accepted", "response.body[-1:] != b'}'", "raise TemporaryFailure('cut')"),
    at_first("ERR007", "breaks", "broke the adapter", "True", "assert response.body[-1:] == b'}'"),
    at_first("ERR008", "breaks", "broke the adapter", "True", "response.body.decode('ascii')"),
    at_first("ERR008", "later", "was accepted", "not response.body.isascii()", "raise TemporaryFailure('odd')"),
    on_the_way(
        "ERR009",
        "a success",
        "read as a success",
        "try:",
        "    response = yield request",
        "except DeliveryUncertain:",
        "    return SendResult((PartResult('a-1'),))",
    ),
    on_the_way(
        "ERR009",
        "may be sent again",
        "DeliveryUncertain was expected",
        "try:",
        "    response = yield request",
        "except DeliveryUncertain:",
        "    raise TransportError('lost', sent=False)",
    ),
    on_the_way(
        "ERR010",
        "in doubt",
        "sent=False was expected",
        "try:",
        "    response = yield request",
        "except TransportError:",
        "    raise DeliveryUncertain('?')",
    ),
    on_the_way(
        "ERR010",
        "for ever",
        "still tries again",
        "response = None",
        "while response is None:",
        "    try:",
        "        response = yield request",
        "    except TransportError:",
        "        pass",
    ),
    on_the_way(
        "ERR011",
        "followed",
        "made 1 more requests",
        "response = yield request",
        "if 300 <= response.status < 400:",
        "    response = yield HttpRequest.get(response.headers['Location'])",
    ),
    at_status("ERR011", "later", "is retryable", "response.status < 400", "raise TemporaryFailure('moved')"),
    at_first("ERR011", "a success", "read as a success", "300 <= response.status < 400", "return PartResult('a-1')"),
    broken("ERR012", "by the status", "in a 200 was read as a success", BY_BODY, "", NEVER_MIND),
    broken("ERR013", "not kept", "HTTP 200: the code zz.unknown.98765 is not", UNKNOWN, "return ProtocolError('?')"),
    broken("ERR013", "for ever", "is retryable", BARE, "raise TemporaryFailure('?', provider_code=code)"),
    at_first("ERR013", "a success", "read as a success", "b'zz.unknown' in response.body", "return PartResult('a-1')"),
    broken("ERR014", "a missing member", "broke the adapter", WHOLE_ID, 'if not values["id"]:'),
    broken("ERR014", "an id of another type", "no text that the answer tells", WHOLE_ID, 'if not values.get("id"):'),
    broken("ERR014", "no id", "without its id", NO_ID, "return PartResult()"),
    broken("ERR014", "an id for want of one", "no text that the answer tells", NO_ID, "return PartResult()", OWN_ID),
    broken("ERR014", "segments", "the segments of a part", "_segments(values),", 'values.get("segments"),'),
    broken("ERR014", "a text", "provider_text is of type", ERROR_TEXT, 'error.get("message")'),
    broken("ERR014", "no object", "broke the adapter", "named if isinstance(named, dict) else {}", "named or {}"),
)


@pytest.mark.parametrize("row", rows(TABLE))
def test_a_check_catches(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, made(tmp_path, *row.edits))


@pytest.mark.parametrize("check", ids_of("ERR"))
def test_the_specimen_passes(check: str) -> None:
    passes(check, good())


def test_every_check_has_a_broken_adapter() -> None:
    assert {row.check for row in TABLE} == set(ids_of("ERR"))
