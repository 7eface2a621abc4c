"""Each check of delivery reports lets a good adapter pass, and catches those whose reports mislead or get lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken import ADAPTER, MANIFEST, SIMULATOR, Broken, Edit, broken, ids_of, made, rows
from mutants import catches, good, passes

CLASS = "class Acme(SendKit):\n"
KNOWN = f"KNOWN = set()\n\n\n{CLASS}"
ITEMS = "return [self.event_of(channel, item) for item in items]"
ACCEPTED = '        return PartResult(values["id"],'
ID = '        id=_text(item, "id"),\n        message_id=_optional(item, "reference"),\n'
TIMES = "    return at\n"
QUERIED = "        return _report(channel, response.json_object())\n"
ASKED = "/v3/messages/{reference}"
NEVER = "self._signed(message.callback, [self._event(message, status)]) if message.callback else None"


def status(check: str, what: str, says: str, word: str, wrong: str) -> Broken:
    """A row in which a word of the table of statuses stands for the wrong one."""
    return broken(check, what, says, f'(Status.{word.upper()}, "{word}")', f'(Status.{wrong}, "{word}")')


TABLE = [
    status("DLR001", "delivered fails", "of a message that is delivered end in failed", "delivered", "FAILED"),
    status("DLR001", "failed succeeds", "of a message that is failed end in delivered", "failed", "DELIVERED"),
    status("DLR001", "expired succeeds", "of a message that is expired end in delivered", "expired", "DELIVERED"),
    status("DLR001", "rejected waits", "of a message that is rejected end in sent", "rejected", "SENT"),
    status("DLR001", "undeliverable expires", "is undeliverable end in expired", "undeliverable", "EXPIRED"),
    Broken("DLR001", "no report", "no report comes", (Edit(SIMULATOR, NEVER, "None"),)),
    broken("DLR001", "refused", "a webhook of the simulator was refused", 'get("events")', 'get("reports")'),
    status("DLR002", "sent arrives", "was read as delivered", "sent", "DELIVERED"),
    status("DLR002", "queued fails", "was read as failed", "queued", "FAILED"),
    status("DLR003", "sent is final", "expired, failed", "sent", "EXPIRED"),
    broken(
        "DLR003",
        "told once",
        "was read as 0 reports",
        ITEMS,
        "new = [item for item in items if repr(item) not in KNOWN]\n"
        "        KNOWN.update(map(repr, items))\n"
        "        return [self.event_of(channel, item) for item in new]",
        Edit(ADAPTER, CLASS, KNOWN),
    ),
    broken(
        "DLR003",
        "another the second time",
        "is read in two ways",
        ITEMS,
        "KNOWN.update(map(str, range(len(KNOWN) + 1)))\n"
        "        items = [{**item, 'code': str(len(KNOWN))} for item in items]\n"
        f"        {ITEMS}",
        Edit(ADAPTER, CLASS, KNOWN),
    ),
    broken(
        "DLR004",
        "known ids only",
        "that came before the answer brought no event",
        ITEMS,
        f"{ITEMS[:-1]} if item['id'] in KNOWN]",
        Edit(ADAPTER, CLASS, KNOWN),
        Edit(ADAPTER, ACCEPTED, f'        KNOWN.add(values["id"])\n{ACCEPTED}'),
    ),
    broken("DLR004", "another id", "finds no message", ID, ID.replace('_text(item, "id")', '"x" + item["id"]')),
    broken("DLR005", "another id", "finds no message", ID, ID.replace('_text(item, "id")', '"x" + item["id"]')),
    broken(
        "DLR005",
        "cut id",
        "is one of part [2] too",
        ID,
        ID.replace('"id")', '"id")[:6]'),
        Edit(ADAPTER, ACCEPTED, ACCEPTED.replace('"],', '"][:6],')),
    ),
    broken("DLR005", "no id", "finds no message", ID, "        id=None,\n        message_id=None,\n"),
    broken(
        "DLR005",
        "recipient",
        "names the recipient 12025550123",
        'recipient=channel.number(_text(item, "to"))',
        'recipient=item["to"]',
    ),
    Broken(
        "DLR005",
        "parts",
        "send gave 1 parts, but",
        (Edit(SIMULATOR, "        self.accept(made)\n", "        self.accept(made)\n        self.accept(made)\n"),),
    ),
    broken(
        "DLR006",
        "unknown fails",
        "was read as failed",
        "STATUSES.get(word, Status.UNKNOWN)",
        "STATUSES.get(word, Status.FAILED)",
    ),
    broken(
        "DLR006",
        "unknown refused",
        "was read as UnreadableEvent",
        "STATUSES.get(word, Status.UNKNOWN)",
        "STATUSES[word]",
    ),
    broken(
        "DLR006", "word lost", "was read with the word None", "word=word,", "word=word if word in STATUSES else None,"
    ),
    broken("DLR007", "no word", "without the aggregator's status word", "word=word,", "word=None,"),
    broken("DLR007", "our word", "which is not in the webhook", "word=word,", "word=f'status {word}',"),
    broken(
        "DLR007",
        "our code",
        "has the code 'E21'",
        'code=_optional(item, "code")',
        "code=item.get('code') and 'E' + item['code']",
    ),
    broken("DLR008", "naive", "no time with a zone", TIMES, "    return at.replace(tzinfo=None)\n"),
    broken("DLR008", "other zone", "3.0 hours away", TIMES, "    return at.replace(hour=at.hour + 3)\n"),
    broken("DLR008", "no ids", "neither id nor message_id", ID, "        id=None,\n        message_id=None,\n"),
    broken("DLR008", "numbers", "is 7, no text", 'code=_optional(item, "code")', "code=7"),
    broken(
        "DLR009",
        "another message",
        "finds no message",
        QUERIED,
        '        return _report(channel, {**response.json_object(), "id": "a-0"})\n',
    ),
    broken(
        "DLR009",
        "unknown",
        "is unknown: 'pondering'",
        QUERIED,
        '        return _report(channel, {**response.json_object(), "status": "pondering"})\n',
    ),
    broken(
        "DLR009",
        "no report",
        "gave str, no DeliveryReport",
        QUERIED,
        '        return response.json_object()["status"]\n',
    ),
    broken("DLR009", "fails", "ended in Rejected", ASKED, "/v2/messages/{reference}"),
    broken(
        "DLR009",
        "sends",
        "submitted a message",
        '        response = yield HttpRequest.get(f"{channel.config.base_url}/v3/messages/{reference}"',
        '        yield HttpRequest.json(f"{channel.config.base_url}/v3/messages", {"to": "12025550123",'
        ' "from": "Acme", "text": "?"})\n'
        '        response = yield HttpRequest.get(f"{channel.config.base_url}/v3/messages/{reference}"',
    ),
]


@pytest.mark.parametrize("row", rows(TABLE))
def test_a_broken_adapter_is_caught(row: Broken, tmp_path: Path) -> None:
    assert row.says in catches(row.check, made(tmp_path, *row.edits))


@pytest.mark.parametrize("check", ids_of("DLR"))
def test_a_good_adapter_passes(check: str) -> None:
    passes(check, good())


def test_every_check_has_a_broken_adapter() -> None:
    assert sorted({row.check for row in TABLE}) == ids_of("DLR")


def test_ids_that_are_written_in_two_ways_find_their_message_by_the_manifests_rule(tmp_path: Path) -> None:
    row = broken("DLR005", "", "", ID, ID.replace('_text(item, "id")', '_text(item, "id").upper()'))
    assert "finds no message" in catches("DLR005", made(tmp_path, *row.edits))
    rule = Edit(MANIFEST, 'api_version = "3"\n', 'api_version = "3"\nid_match = "case"\n')
    passes("DLR005", made(tmp_path, *row.edits, rule))
