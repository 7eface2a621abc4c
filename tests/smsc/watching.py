"""Who hears what becomes of a session."""

from __future__ import annotations

from sms_adapters import hookimpl
from sms_adapters.smsc.states import Health, State


class Watcher:
    """A host that hears of each change of a session."""

    def __init__(self) -> None:
        self.health: list[Health] = []

    @hookimpl
    def sms_session_changed(self, health: Health) -> None:
        self.health.append(health)

    def reasons(self, state: State) -> list[str]:
        return [one.reason for one in self.health if one.state is state]
