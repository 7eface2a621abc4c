"""Log records without secrets."""

from __future__ import annotations

import logging

from .redactor import Redactor

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def _rendered(record: logging.LogRecord) -> str | None:
    """The message as it would be shown; None if it cannot be."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - whatever an argument raises while it is being shown
        return None


class RedactingFilter(logging.Filter):
    """Takes secrets out of log records, extra fields and exceptions included; drops none.

    Put it on handlers: a filter of a logger does not see the records of the loggers below it.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub `record` in place."""
        try:
            self._message(record)
            self._exception(record)
            for name in vars(record).keys() - _OWN_FIELDS:
                setattr(record, name, self._redactor.value(getattr(record, name)))
        except Exception as error:  # noqa: BLE001 - an object in the record failed; nothing of it may be shown
            record.msg, record.args = f"log record withheld: redacting it raised {type(error).__name__}", ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True

    def _message(self, record: logging.LogRecord) -> None:
        """Scrub message and arguments each by itself; together where a secret shows only then.

        What cannot be formatted is joined, too: logging would print the error and the arguments.
        """
        shown = _rendered(record)
        wanted = self._redactor.text(f"{record.msg!s} {record.args!r}" if shown is None else shown)
        record.msg, record.args = self._redactor.value(record.msg), self._redactor.value(record.args)
        if shown is None or _rendered(record) != wanted:
            record.msg, record.args = wanted, ()

    def _exception(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            shown = logging.Formatter().formatException(record.exc_info)
            clean = self._redactor.text(shown)
            if clean != shown:
                record.exc_info, record.exc_text = None, clean
        for name in ("exc_text", "stack_info"):
            setattr(record, name, self._redactor.value(getattr(record, name)))
