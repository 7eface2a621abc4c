"""The strict plug-in manager: one adapter and the host's plug-ins.

pluggy accepts much in silence: an override without its decorator, a hook whose name is misspelt, a class instead of
an instance. Each of these loses messages later, so each is refused at registration with a sentence.
"""

from __future__ import annotations

import difflib
import inspect
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pluggy

from .errors import AdapterDefect, Vetoed
from .hookspecs import PROJECT, AdapterHooks, HostHooks
from .manifest import Capability, Manifest

__all__ = ["AdapterPluginManager"]

log = logging.getLogger("sms_adapters")
MARK = f"{PROJECT}_impl"
SPEC = f"{PROJECT}_spec"
ADAPTER_HOOKS = tuple(name for name, value in vars(AdapterHooks).items() if hasattr(value, SPEC))
HOST_HOOKS = tuple(name for name, value in vars(HostHooks).items() if hasattr(value, SPEC))
REQUIRED = ("authenticate", "send")
TIED = {
    "verify_inbound": Capability.SIGNED_WEBHOOKS,
    "check_account": Capability.CHECK_ACCOUNT,
    "query_status": Capability.QUERY_STATUS,
    "fetch_inbound": Capability.FETCH_INBOUND,
    "follow_up": Capability.FOLLOW_UP,
}


class AdapterPluginManager(pluggy.PluginManager):
    """Holds exactly one adapter, and any number of host plug-ins."""

    def __init__(self) -> None:
        super().__init__(PROJECT)
        self.add_hookspecs(AdapterHooks)
        self.add_hookspecs(HostHooks)
        self.listened: frozenset[str] = frozenset()
        self._answers: dict[str, tuple[Any, tuple[str, ...]]] = {}

    def register_adapter(self, adapter: object, manifest: Manifest) -> None:
        """Register the one adapter; AdapterDefect with all that is wrong with it."""
        problems = [*_problems(adapter, ADAPTER_HOOKS, "adapter"), *_untied(adapter, manifest)]
        if problems:
            raise AdapterDefect(f"adapter {manifest.id!r}: " + "; ".join(problems))
        self.register(adapter, name=manifest.id)
        found = {name: getattr(self.hook, name).get_hookimpls() for name in ADAPTER_HOOKS}
        self._answers = {name: (impls[-1].function, impls[-1].argnames) for name, impls in found.items() if impls}

    def ask(self, hook: str, **values: Any) -> Any:
        """Call a hook of the adapter with the arguments that its implementation takes.

        There is one implementation and no wrapper, so pluggy's loop over implementations, which costs ten times as
        much as the call, has nothing to add.
        """
        function, names = self._answers[hook]
        if len(names) == len(values):
            return function(**values)
        return function(*[values[name] for name in names])

    def register_host(self, plugin: object) -> None:
        """Register a host plug-in, module or instance; AdapterDefect with all that is wrong with it."""
        problems = list(_problems(plugin, HOST_HOOKS, "host"))
        if problems:
            raise AdapterDefect(f"host plug-in {_name(plugin)!r}: " + "; ".join(problems))
        self.register(plugin, name=f"host {_name(plugin)} {id(plugin)}")
        self.listened = frozenset(name for name in HOST_HOOKS if getattr(self.hook, name).get_hookimpls())

    def consult(self, hook: str, **values: Any) -> None:
        """Call a `before` hook: whatever a plug-in raises stops the message, so that a broken veto never passes."""
        for plugin, call in self._listeners(hook, values):
            try:
                _check_run(call())
            except Vetoed as veto:
                veto.plugin = veto.plugin or plugin
                raise
            except Exception as error:
                sentence = f"{hook} of host plug-in {plugin!r} failed with {type(error).__name__}; nothing was sent"
                raise Vetoed(sentence, plugin=plugin) from error

    def notify(self, hook: str, **values: Any) -> None:
        """Call an observing hook: what a plug-in raises is logged and changes nothing."""
        for plugin, call in self._listeners(hook, values):
            try:
                call()
            except Exception as error:  # noqa: BLE001 - a host's observer must not change an outcome
                # Without the traceback: it would print the host's values.
                log.error(  # noqa: TRY400
                    "%s of host plug-in %r failed with %s", hook, plugin, type(error).__name__
                )

    def _listeners(self, hook: str, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """One call for each plug-in, not pluggy's loop: there the first exception would silence the others."""
        if hook not in self.listened:
            return
        for found in reversed(getattr(self.hook, hook).get_hookimpls()):
            arguments = [values[name] for name in found.argnames]
            yield _name(found.plugin), lambda found=found, arguments=arguments: found.function(*arguments)


def _check_run(given: object) -> None:
    """TypeError for what a hook gives that has not run: a veto in a coroutine or a generator has not been reached."""
    if inspect.iscoroutine(given):
        given.close()
    if inspect.isawaitable(given) or inspect.isgenerator(given) or inspect.isasyncgen(given):
        raise TypeError(f"a hook gave {type(given).__name__}, which nobody runs")


def _name(plugin: object) -> str:
    return getattr(plugin, "__name__", None) or type(plugin).__name__


def _members(plugin: object) -> Iterable[tuple[str, Any]]:
    for name in dir(plugin):
        if not name.startswith("__"):
            value = inspect.getattr_static(plugin, name, None)
            if inspect.isroutine(value) or hasattr(value, MARK):
                yield name, getattr(plugin, name, None)


def _problems(plugin: object, hooks: tuple[str, ...], kind: str) -> Iterator[str]:
    if inspect.isclass(plugin):
        yield f"the class {plugin.__name__} was given, an instance is needed: write {plugin.__name__}()"
        return
    found = 0
    for name, value in _members(plugin):
        marked = getattr(value, MARK, None)
        if name in hooks and marked is None:
            yield f"{name} lacks the decorator @hookimpl"
        elif marked is not None:
            found += 1
            yield from _hook_problems(name, value, marked, hooks)
    if kind == "host" and not found:
        yield f"it implements none of {', '.join(hooks)}"


def _hook_problems(name: str, function: Any, options: dict[str, Any], hooks: tuple[str, ...]) -> Iterator[str]:
    name = options.get("specname") or name
    if name not in hooks:
        close = difflib.get_close_matches(name, hooks, 1)
        yield f"{name} is no hook" + (f"; did you mean {close[0]}?" if close else f"; hooks are {', '.join(hooks)}")
        return
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield f"{name} is async: hooks are called and not awaited, so nothing of it would run; write it with def"
    elif name in HOST_HOOKS and inspect.isgeneratorfunction(function):
        yield f"{name} has a yield: called, it would make a generator, and nothing of it would run"
    if options.get("wrapper") or options.get("hookwrapper"):
        yield f"{name} is a wrapper: it would see only the flow's creation; listen to the sms_ hooks instead"
    spec = inspect.signature(getattr(AdapterHooks, name, None) or getattr(HostHooks, name))
    known = [parameter for parameter in spec.parameters if parameter != "self"]
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is not parameter.empty:
            yield f"{name}: parameter {parameter.name!r} has a default, so it would never be given a value"
        elif parameter.name not in known:
            yield f"{name}: parameter {parameter.name!r} is none of {', '.join(known)}"


def _untied(adapter: object, manifest: Manifest) -> Iterator[str]:
    """Hooks without their capability in the manifest, and capabilities without their hook."""
    if inspect.isclass(adapter):
        return
    needed = list(REQUIRED)
    if manifest.webhooks:
        needed.append("parse_inbound")
    for name in needed:
        if not callable(getattr(adapter, name, None)):
            yield f"it has no {name}"
    for name, capability in TIED.items():
        has = callable(getattr(adapter, name, None))
        if has != manifest.offers(capability):
            state = "implements" if has else "has no"
            yield f"it {state} {name}, but the manifest says {capability} = {manifest.support(capability)!s}"
