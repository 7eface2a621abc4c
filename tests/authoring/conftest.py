"""Packages are made by the dozen here, from one template: what jinja2 compiled once is not compiled again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jinja2 import Environment

CODE: dict[tuple[object, ...], Any] = {}


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    compiled = Environment.compile

    def remembered(self: Environment, source: Any, *arguments: Any, **options: Any) -> Any:
        if not isinstance(source, str):
            return compiled(self, source, *arguments, **options)
        rules = (type(self), self.trim_blocks, self.lstrip_blocks, self.keep_trailing_newline)
        key = (*rules, source, arguments, tuple(sorted(options.items())))
        if key not in CODE:
            CODE[key] = compiled(self, source, *arguments, **options)
        return CODE[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Environment, "compile", remembered)
        yield
