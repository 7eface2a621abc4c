"""What somebody may have meant who wrote a name that is none."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["meant"]


def meant(name: str, known: Iterable[str]) -> str:
    """The end of a sentence: the one or two known names most like `name`, empty where none is like it."""
    import difflib  # only here: listing adapters, which reads every manifest, needs it for a broken one alone

    matches = difflib.get_close_matches(name, tuple(known), 2, 0.6)
    return f"; did you mean {' or '.join(matches)}?" if matches else ""
