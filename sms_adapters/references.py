"""Values that stand elsewhere: a TOML file names the variable or the entry of the keyring, and never the value.

=============================  ===========================================================================
`{ env = "NAME" }`             the environment variable NAME
`{ keyring = "SERVICE/USER" }` the entry of USER for SERVICE in the system's keyring; needs the extra `intake`
=============================  ===========================================================================
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["FORMS", "SOURCES", "Reference", "Unresolved", "reference_of"]

FORMS = '{ env = "NAME" } or { keyring = "SERVICE/USER" }'
"""How references are written, for sentences."""
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "env": re.compile(r"[A-Za-z_][A-Za-z0-9_]*"),
    "keyring": re.compile(r"[A-Za-z0-9 @._:+-]+(/[A-Za-z0-9 @._:+-]+)+"),
}
SOURCES = frozenset(PATTERNS)


class Unresolved(LookupError):
    """A reference leads to nothing; the text is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference; `source` is `env` or `keyring`."""

    source: str
    name: str

    def __str__(self) -> str:
        return f"{'the environment variable' if self.source == 'env' else 'the keyring entry'} {self.name}"

    def value(self, environ: Mapping[str, str]) -> str:
        """What it leads to; Unresolved where that is nothing."""
        found = environ.get(self.name) if self.source == "env" else _from_keyring(*self.name.rsplit("/", 1))
        if not found:
            raise Unresolved(f"{self} is {'not set' if found is None else 'empty'}")
        return found

    @property
    def command(self) -> str:
        """A shell command that prints the value, for configuration that must not hold it."""
        if self.source == "env":
            return f"printenv {self.name}"
        return shlex.join(["keyring", "get", *self.name.rsplit("/", 1)])


def reference_of(value: Any) -> Reference | None:
    """The reference that a value of a TOML file is; None for anything else."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((source, name),) = value.items()
    pattern = PATTERNS.get(source)
    return Reference(source, name) if pattern and isinstance(name, str) and pattern.fullmatch(name) else None


def _from_keyring(service: str, user: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError:
        raise Unresolved(f"the keyring entry {service}/{user} needs keyring: install sms-adapters[intake]") from None
    get: Callable[[str, str], str | None] = keyring.get_password
    try:
        return get(service, user)
    except KeyringError as error:
        raise Unresolved(f"the keyring entry {service}/{user} cannot be read: {type(error).__name__}") from None
