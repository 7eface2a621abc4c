"""Checks over many made-up values: hypothesis, without a clock, a database or chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

__all__ = ["DOCUMENTS", "HANDSET_TEXTS", "OCTETS", "for_all"]

T = TypeVar("T")

HANDSET_TEXTS = st.text(
    st.one_of(
        st.characters(categories=("L", "M", "N", "P", "S", "Zs")),
        st.sampled_from("\n&=+%?#<>\"'\\{}[]|^~€@£¥ éΩ😀"),
    ),
    min_size=1,
    max_size=80,
)
"""What can be typed on a handset: no control characters but the line feed."""

OCTETS = st.binary(max_size=200)

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
"""Whatever JSON can say, NaN and infinity included, which Python's reader takes."""


def for_all(values: SearchStrategy[T], examine: Callable[[T], None], most: int = 30) -> None:
    """Call `examine` with up to `most` values, always the same ones; what it raises for the simplest is raised."""
    run = settings(
        max_examples=most,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        verbosity=Verbosity.quiet,
        print_blob=False,
    )(given(values)(_plain(examine)))
    run()


def _plain(examine: Callable[[T], None]) -> Callable[[T], None]:
    """A function of its own: hypothesis looks at names and signatures."""

    def example(value: T) -> None:
        examine(value)

    return example
