"""Values that are made fast are in nothing else different from frozen dataclasses."""

from __future__ import annotations

import copy
import inspect
import os
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from sms_adapters import OutboundMessage
from sms_adapters._quick import quick


@dataclass(frozen=True, slots=True)
class Value:
    """One of each kind of field."""

    name: Any
    number: int = 7
    values: dict[str, int] = field(default_factory=dict)
    hidden: str = field(default="x", repr=False, compare=False)
    doubled: int = field(default=0, init=False)
    kept: list[int] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("negative")
        object.__setattr__(self, "doubled", 2 * self.number)


SLOW = vars(Value)["__init__"]
SIGNATURE = inspect.signature(Value)
quick(Value)


class Child(Value):
    """Made from a quick one."""

    __slots__ = ()


def test_the_constructor_is_another_one_that_looks_the_same() -> None:
    assert vars(Value)["__init__"] is not SLOW
    assert inspect.signature(Value) == SIGNATURE
    assert Value.__init__.__qualname__ == SLOW.__qualname__


@pytest.mark.parametrize(
    ("given", "named"),
    [(("a",), {}), (("a", 1), {"hidden": "h"}), ((), {"name": "a", "values": {"b": 1}, "number": 3})],
)
def test_the_fields_are_those_that_the_slow_one_sets(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    slow = object.__new__(Value)
    SLOW(slow, *given, **named)
    made = Value(*given, **named)
    assert type(made) is Value
    assert (made, repr(made), asdict(made)) == (slow, repr(slow), asdict(slow))
    assert (made.hidden, made.doubled) == (slow.hidden, slow.doubled)


def test_each_value_has_containers_of_its_own() -> None:
    one, other = Value("a"), Value("a")
    assert one.values is not other.values
    assert one.kept is not other.kept


def test_a_value_cannot_be_changed() -> None:
    made = Value("a")
    with pytest.raises(FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.name
    assert made.name == "a"


def test_a_value_can_be_copied_stored_and_replaced() -> None:
    made = Value("a", 3, {"b": 1}, "h")
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)), replace(made)):
        assert type(other) is Value
        assert (other, other.hidden, other.doubled) == (made, "h", 6)
    assert replace(made, number=4).doubled == 8


def test_wrong_arguments_are_named_as_ever() -> None:
    with pytest.raises(TypeError, match=r"Value\.__init__\(\) missing 1 required positional argument: 'name'"):
        Value()  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="negative"):
        Value("a", -1)


def test_what_is_made_from_a_quick_class_stays_what_it_is() -> None:
    made = Child("a", 2)
    assert type(made) is Child
    assert (made.name, made.number, made.values, made.doubled) == ("a", 2, {}, 4)
    with pytest.raises(FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]


def test_fields_by_name_only_are_refused() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        one: int

    with pytest.raises(TypeError, match="by name only"):
        quick(Named)


def test_a_forked_process_makes_no_id_that_its_parent_makes() -> None:
    first = OutboundMessage("+12025550123", "Hi").id
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, "".join(OutboundMessage("+12025550123", "Hi").id for _ in range(20)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    made = os.read(reading, 4096).decode()
    theirs = {made[start : start + 36] for start in range(0, len(made), 36)}
    ours = {OutboundMessage("+12025550123", "Hi").id for _ in range(300)}
    for end in (reading, writing):
        os.close(end)
    assert len(theirs) == 20
    assert not theirs & (ours | {first})


def test_a_message_gets_a_random_uuid() -> None:
    ids = {OutboundMessage("+12025550123", "Hi").id for _ in range(500)}
    assert len(ids) == 500
    for one in ids:
        found = UUID(one)
        assert (str(found), found.version, found.variant) == (one, 4, RFC_4122)
