"""Each check of incoming messages lets a good adapter pass, and catches those that lose or change what comes in."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import ADAPTER, MANIFEST, Broken, Edit, broken, ids_of, made, rows, with_method
from mutants import catches, good, passes

from sms_adapters.conformance.check import CHECKS

SENDER = '        channel.number(_text(item, "from")),\n        _text(item, "text"),\n'
READ = '        _text(item, "text"),\n'
ITEMS = "return [self.event_of(channel, item) for item in items]"
TIMES = "    return at\n"
ID = '        id=_text(item, "id"),\n        received_at'
UUID = Edit(ADAPTER, "from decimal import", "from uuid import uuid4\nfrom decimal import")
QUOTE = Edit(ADAPTER, "from decimal import", "from urllib.parse import unquote\nfrom decimal import")
EXCEPT = "except (KeyError, TypeError, ValueError, MalformedInbound) as error:"
BODY = '        items = request.json_object().get("events")\n'
ANSWER = """
    @hookimpl
    def respond_inbound(self):
        return WebhookResponse{}
"""
IMPORTED = Edit(ADAPTER, "    WebhookRequest,\n", "    WebhookRequest,\n    WebhookResponse,\n")
ACKNOWLEDGED = '\n[answer]\nstatus = 200\ncontent_type = "text/plain"\nbody = "ACK"\n'
SOURCE = 'software = "Acme API 3.14"\n'

TABLE = [
    broken("INB001", "message as opt-out", "it made OptOut", '"message": _message', '"message": _opt_out'),
    broken(
        "INB001", "message twice", "it made InboundMessage, InboundMessage", ITEMS, f"{ITEMS[:-1]} for _ in (1, 2)]"
    ),
    broken("INB001", "no message", "it made nothing", ITEMS, "return []"),
    broken("INB001", "sender", "the sender has to be", SENDER, SENDER.replace("from", "to")),
    broken("INB001", "text", "the text has to be", READ, '        _text(item, "text").upper(),\n'),
    broken(
        "INB001", "recipient", "the recipient has to be", 'to=channel.number(_text(item, "to"))', 'to="+12025550199"'
    ),
    broken("INB001", "refused", "a webhook of the simulator was refused", BODY, BODY.replace('"events"', '"items"')),
    broken("INB002", "plus", "was read as", READ, '        _text(item, "text").replace("+", " "),\n'),
    broken("INB002", "lines", "was read as", READ, '        " ".join(_text(item, "text").splitlines()),\n'),
    broken("INB002", "unquoted twice", "was read as", READ, '        unquote(_text(item, "text")),\n', QUOTE),
    broken(
        "INB002",
        "latin",
        "was read as",
        READ,
        '        _text(item, "text").encode("cp1252", "replace").decode("cp1252"),\n',
    ),
    broken("INB002", "cut", "was read as", READ, '        _text(item, "text")[:160],\n'),
    broken("INB003", "sender as written", "the sender has to be", SENDER, SENDER.replace("channel.number", "str")),
    broken(
        "INB003",
        "opt-out",
        "has address '12025550123'",
        'OptOut(channel.number(_text(item, "from"))',
        'OptOut(item["from"]',
    ),
    broken("INB003", "scheme", "has to '1-202", 'to=channel.number(_text(item, "to"))', 'to="1-202-555-0100"'),
    broken("INB004", "naive", "without a time zone", TIMES, "    return at.replace(tzinfo=None)\n"),
    broken("INB004", "other zone", "3.0 hours away", TIMES, "    return at.replace(hour=at.hour + 3)\n"),
    broken(
        "INB005",
        "made-up id",
        "gave different events: id was",
        ID,
        ID.replace('_text(item, "id")', "str(uuid4())"),
        UUID,
    ),
    broken("INB005", "sender for id", "two messages have the same id", ID, ID.replace('"id"', '"from"')),
    broken(
        "INB005", "sometimes", "the other has none", ID, ID.replace(",\n", ' if item["id"].endswith("1") else None,\n')
    ),
    broken("INB006", "value", "the whole batch was refused", EXCEPT, EXCEPT.replace(", MalformedInbound", "")),
    broken("INB006", "no object", "ended in AdapterDefect", EXCEPT, EXCEPT.replace("TypeError, ", "")),
    broken("INB006", "passed over", "without an UnreadableEvent", ITEMS, f"{ITEMS[:-1]} if isinstance(item, dict)]"),
    broken(
        "INB006",
        "stops",
        "other events were lost",
        ITEMS,
        "found = [self.event_of(channel, item) for item in items]\n"
        "        bad = [n for n, event in enumerate(found) if isinstance(event, UnreadableEvent)]\n"
        "        return found[: bad[0] + 1] if bad else found",
    ),
    broken("INB007", "no types", "JSON null", BODY, BODY.replace("request.json_object()", "request.json()")),
    broken(
        "INB007",
        "own reader",
        "ended in AdapterDefect",
        BODY,
        '        import json\n        items = json.loads(request.body).get("events")\n',
    ),
    broken("INB007", "missing", "an empty JSON object", BODY, BODY.replace('.get("events")', '["events"]')),
    broken("INB008", "items", "ended in AdapterDefect", ITEMS, f"{ITEMS[:-1]} if item['type']]"),
    broken(
        "INB008", "types", "AdapterDefect", "    if not isinstance(item[name], str):\n", "    if item[name] is None:\n"
    ),
    broken("INB008", "types of options", "no text", "else _text(item, name)", "else item[name]"),
    broken(
        "INB008",
        "time out of range",
        "OverflowError",
        TIMES,
        "    return at.astimezone(UTC)\n",
        Edit(ADAPTER, "import datetime\n", "import UTC, datetime\n"),
    ),
    broken(
        "INB008",
        "time without zone",
        "no time with a zone",
        '    if at.tzinfo is None:\n        raise ValueError("the time has no zone")\n',
        "",
    ),
    broken("INB008", "media", "no attachment with a URL", " if url and isinstance(url, str)", ""),
    Broken("INB009", "method", "is called by TRACE", (Edit(MANIFEST, '["POST"]', '["POST", "TRACE"]'),)),
    Broken("INB009", "method", "is called by DELETE", (Edit(MANIFEST, '["POST"]', '["POST", "DELETE"]'),)),
    with_method(
        "INB010", "thanks", "as text/plain, which no inbound example", ANSWER.format('.plain("Thank you!")'), IMPORTED
    ),
    with_method("INB010", "JSON", "as application/json, which no", ANSWER.format('.json({"ok": True})'), IMPORTED),
    with_method("INB010", "status", "was answered 302", ANSWER.format("(302)"), IMPORTED),
    with_method(
        "INB010",
        "another text",
        "was answered 'OK'",
        ANSWER.format('.plain("OK")'),
        IMPORTED,
        Edit("inbound/message.toml", SOURCE, SOURCE + ACKNOWLEDGED),
    ),
    Broken(
        "INB010",
        "unsaid",
        "answer to message, content_type has to be",
        (Edit("inbound/message.toml", SOURCE, SOURCE + ACKNOWLEDGED),),
    ),
]


@pytest.mark.parametrize("row", rows(TABLE))
def test_a_broken_adapter_is_caught(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, made(tmp_path, *row.edits))


@pytest.mark.parametrize("check", ids_of("INB"))
def test_a_good_adapter_passes(check: str) -> None:
    passes(check, good())


def test_every_check_has_a_broken_adapter() -> None:
    assert sorted({row.check for row in TABLE}) == ids_of("INB")
    assert all(CHECKS[row.check] for row in TABLE)


def test_an_acknowledgement_that_an_example_documents_is_right(tmp_path: Path) -> None:
    row = with_method("INB010", "", "", ANSWER.format('.plain("ACK")'), IMPORTED)
    passes("INB010", made(tmp_path, *row.edits, Edit("inbound/message.toml", SOURCE, SOURCE + ACKNOWLEDGED)))
