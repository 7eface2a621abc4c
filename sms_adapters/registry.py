"""Finding adapters: built in and by entry point, listed without importing, loaded on first use.

A distribution offers an adapter by an entry point in the group `sms_adapters`: its name is the adapter's id, its value
the package that holds `manifest.toml` and the implementation, such as `acme = "sms_acme"`.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.machinery import PathFinder
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import AdapterDefect, ConfigError, SmsError, UnknownAdapter
from .manifest import Capability, Manifest, load_manifest

if TYPE_CHECKING:
    from .channel import Channel
    from .config import AdapterConfig
    from .simulation import Simulator

__all__ = ["GROUP", "Listing", "Plugin", "Registry"]

GROUP = "sms_adapters"
log = logging.getLogger("sms_adapters")
_warned: set[str] = set()
BUILTIN = Path(__file__).parent / "builtin"


@dataclass(frozen=True, slots=True, eq=False)
class Plugin:
    """A loaded adapter; `simulate` makes its simulator, None where it has none."""

    id: str
    manifest: Manifest
    adapter: Any
    config: type[AdapterConfig]
    simulate: Callable[[], Simulator] | None = field(default=None, repr=False)


@dataclass(slots=True)
class Listing:
    """One adapter as it was found; `error` says why it cannot be used, None if nothing is known against it.

    `mend` is what to do about it, where that is not for the adapter's author.
    """

    id: str
    package: str
    folder: Path | None
    entry: EntryPoint | None = None
    manifest: Manifest | None = None
    error: str | None = None
    mend: str = ""
    plugin: Plugin | None = field(default=None, repr=False)

    @property
    def origin(self) -> str:
        """Distribution and version that the adapter comes from; "built in" for our own."""
        if self.entry is None:
            return "built in" if self.package.startswith("sms_adapters.") else "folder"
        found = self.entry.dist
        if found is None:
            return "unknown distribution"
        metadata = found.metadata  # read once: each property of a distribution parses it again
        return f"{metadata['Name']} {metadata['Version']}"


class Registry:
    """All adapters of this environment; nothing is imported before `load` or `open`.

    `folders` are adapters that are not installed, each the folder with its manifest: for whoever is writing one.
    """

    def __init__(self, *, builtin: bool = True, installed: bool = True, folders: Iterable[Path] = ()) -> None:
        self._builtin = builtin
        self._installed = installed
        self._folders = tuple(folders)

    @cached_property
    def _listings(self) -> dict[str, Listing]:
        found: dict[str, Listing] = {}
        for listing in self._found():
            if listing.id not in found:
                found[listing.id] = listing
            else:
                _refuse_second(found, listing)
        return found

    def _found(self) -> list[Listing]:
        own = sorted(path.parent for path in BUILTIN.glob("*/manifest.toml")) if self._builtin else []
        listings = [Listing(path.name, f"sms_adapters.builtin.{path.name}", path) for path in own]
        entries = sorted(entry_points(group=GROUP), key=lambda entry: entry.name) if self._installed else []
        return listings + [_listing(entry) for entry in entries] + [_loose(folder) for folder in self._folders]

    def ids(self) -> tuple[str, ...]:
        """Ids of all adapters found, usable or not, sorted."""
        return tuple(sorted(self._listings))

    def listings(self, *, load: bool = False) -> list[Listing]:
        """Every adapter found with its manifest, or the reason why it cannot be used; `load` imports each as well."""
        for listing in self._listings.values():
            self._read(listing)
            if load and listing.error is None:
                try:
                    self._load(listing)
                except SmsError as error:
                    listing.error, listing.mend = str(error), error.mend
        return [self._listings[key] for key in self.ids()]

    def manifest(self, adapter: str) -> Manifest:
        """The manifest of an adapter, by id or alias."""
        return self._usable(adapter)[1]

    def schema(self, adapter: str) -> dict[str, Any]:
        """JSON Schema of an adapter's configuration, read from the file beside it; nothing is imported."""
        listing, _ = self._usable(adapter)
        path = (listing.folder or Path()) / "config.schema.json"
        try:
            schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            sentence = f"{listing.id!r} has no readable config.schema.json; `sms-adapters schema --write` makes it"
            raise AdapterDefect(sentence) from error
        return schema

    def load(self, adapter: str) -> Plugin:
        """Import an adapter, by id or alias."""
        listing, _ = self._usable(adapter)
        if listing.plugin is None:
            try:
                self._load(listing)
            except SmsError as error:
                listing.error, listing.mend = str(error), error.mend
                raise
        found: Plugin = _present(listing.plugin, listing)
        return found

    def open(
        self,
        adapter: str,
        /,
        *,
        id: str,  # noqa: A002 - the contract's name
        config: Mapping[str, Any] | AdapterConfig,
        **options: Any,
    ) -> Channel[Any]:
        """A channel of `adapter`; `options` are the other fields of `Channel`. ConfigError says what to mend."""
        from .channel import Channel, misfits
        from .config import parse_config
        from .phone import InvalidNumber, parse_sender

        if not isinstance(adapter, str):
            raise UnknownAdapter(f"an adapter is named by text, not by {type(adapter).__name__}")
        plugin = self.load(adapter)
        if problems := tuple(misfits({"id": id, **options})):
            raise ConfigError(f"channel {id!r}: {'; '.join(problems)}", problems=problems)
        try:
            if options.get("address") is not None:
                options["address"] = str(parse_sender(options["address"], options.get("country")))
            channel = Channel(plugin, id, parse_config(plugin.config, config, plugin.id), **options)
        except (TypeError, InvalidNumber) as error:
            raise ConfigError(f"channel {id!r}: {error}") from None
        _warn_if_open_to_anyone(channel)
        return channel

    def folder(self, adapter: str) -> Path:
        """The folder of an adapter, with its manifest, exchanges and inbound examples."""
        listing, _ = self._usable(adapter)
        return listing.folder or Path()

    def simulator(self, adapter: str, **options: Any) -> Simulator:
        """A new simulator of the aggregator; `options` are those of `Simulator`."""
        listing, manifest = self._usable(adapter)
        if not manifest.simulator:
            raise AdapterDefect(f"adapter {listing.id!r} names no simulator in its manifest")
        return _simulated(listing, manifest, **options)

    def _usable(self, adapter: str) -> tuple[Listing, Manifest]:
        listing = self._listings.get(adapter) or self._by_alias(adapter)
        if listing is None:
            raise self._unknown(adapter)
        self._read(listing)
        if listing.error is not None:
            sentence = f"adapter {listing.id!r} ({listing.origin}) cannot be used: {listing.error}"
            raise AdapterDefect(sentence, mend=listing.mend)
        return listing, _present(listing.manifest, listing)

    def _by_alias(self, name: str) -> Listing | None:
        for listing in self._listings.values():
            self._read(listing)
            if listing.manifest and name in listing.manifest.aliases:
                return listing
        return None

    def _unknown(self, adapter: str) -> UnknownAdapter:
        matches = tuple(difflib.get_close_matches(adapter.lower(), self.ids(), 3, 0.6))
        hint = f"did you mean {' or '.join(matches)}?" if matches else "`sms-adapters list` shows what is installed"
        return UnknownAdapter(f"no adapter {adapter!r} is installed: {hint}", matches=matches)

    @staticmethod
    def _read(listing: Listing) -> None:
        if listing.manifest is None and listing.error is None:
            try:
                listing.manifest = _own_manifest(listing)
            except AdapterDefect as error:
                listing.error, listing.mend = str(error), error.mend

    @staticmethod
    def _load(listing: Listing) -> None:
        from .manager import AdapterPluginManager

        manifest = _present(listing.manifest, listing)
        kind = _imported(listing, manifest.implementation)
        try:
            made, config = kind(), kind.Config
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise AdapterDefect(_failed(listing, manifest.implementation, error)) from error
        AdapterPluginManager().register_adapter(made, manifest)
        simulate = partial(_simulated, listing, manifest) if manifest.simulator else None
        listing.plugin = Plugin(listing.id, manifest, made, config, simulate)


def _simulated(listing: Listing, manifest: Manifest, **options: Any) -> Simulator:
    made: Simulator = _imported(listing, manifest.simulator)(**options)
    return made


def _warn_if_open_to_anyone(channel: Channel[Any]) -> None:
    """Say in the log, once for an adapter, that whoever guesses the URL can make up webhooks."""
    manifest = channel.manifest
    proven = manifest.offers(Capability.SIGNED_WEBHOOKS) or channel.callback_secret
    if manifest.webhooks and channel.public_url and not proven and manifest.id not in _warned:
        _warned.add(manifest.id)
        log.warning(
            "%s does not sign its webhooks: give channel %r a callback_secret (secrets.token_urlsafe()), which makes"
            " its callback URLs unguessable and is asked of every webhook",
            manifest.id,
            channel.id,
        )


def _own_manifest(listing: Listing) -> Manifest:
    if ":" in listing.package:
        raise AdapterDefect(f"its entry point names {listing.package!r}: it has to name the package alone")
    if listing.folder is None:
        sentence = f"the package {listing.package!r} that its entry point names is not installed"
        raise AdapterDefect(sentence, mend=f"install it again, or uninstall {listing.origin}")
    manifest = load_manifest(listing.folder / "manifest.toml")
    if manifest.id != listing.id:
        raise AdapterDefect(f"its manifest says id {manifest.id!r}, not {listing.id!r}")
    if listing.entry is not None:  # a folder may have its manifest before its code
        for reference in filter(None, (manifest.implementation, manifest.simulator)):
            _check_reference(reference, listing.folder)
    return manifest


def _check_reference(reference: str, folder: Path) -> None:
    """AdapterDefect where no module of that name is in the folder; nothing is imported."""
    module, _, name = reference.partition(":")
    if not name:
        raise AdapterDefect(f"its manifest names {reference!r}: write the module and the class, such as adapter:Acme")
    *packages, last = module.split(".")
    place = folder.joinpath(*packages)
    if not (place / f"{last}.py").is_file() and PathFinder.find_spec(last, [str(place)]) is None:
        raise AdapterDefect(f"its manifest names {reference!r}, but there is no module {module!r} beside it")


def _imported(listing: Listing, reference: str) -> Any:
    """What `module:name` in the adapter's package stands for; AdapterDefect whatever goes wrong on the way."""
    module, _, name = reference.partition(":")
    try:
        return getattr(importlib.import_module(f"{listing.package}.{module}"), name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, or pytest's Skipped, must not end the host
        absent = isinstance(error, ModuleNotFoundError) and error.name
        mend = f"install what has {absent}, or report it to whoever wrote the adapter" if absent else ""
        raise AdapterDefect(_failed(listing, reference, error), mend=mend) from error


def _failed(listing: Listing, reference: str, error: BaseException) -> str:
    where = f"adapter {listing.id!r} ({listing.origin})"
    return f"{where}: importing {listing.package}.{reference} failed with {type(error).__name__}: {error}"


def _present(value: Any, listing: Listing) -> Any:
    if value is None:
        raise AdapterDefect(f"adapter {listing.id!r} is not loaded")
    return value


def _listing(entry: EntryPoint) -> Listing:
    return Listing(entry.name, entry.value, _folder(entry.value), entry)


def _loose(folder: Path) -> Listing:
    """An adapter in a folder, importable under a name made from the folder's own."""
    place = folder.resolve()  # Python remembers what a relative path once meant
    package = f"sms_adapters_loose_{hashlib.sha256(str(place).encode()).hexdigest()[:12]}"
    if package not in sys.modules:
        spec = spec_from_file_location(package, place / "__init__.py", submodule_search_locations=[str(place)])
        if spec is not None:
            sys.modules[package] = module_from_spec(spec)
    return Listing(_claimed_id(folder), package, folder)


def _claimed_id(folder: Path) -> str:
    """The id in the folder's manifest; the package around an adapter is often called otherwise (sms_acme)."""
    try:
        return load_manifest(folder / "manifest.toml").id
    except AdapterDefect:
        return folder.name


def _folder(package: str) -> Path | None:
    """The folder of a package, found without importing the package or its parents."""
    top, *rest = package.partition(":")[0].split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place, *rest)
        if folder.is_dir():
            return folder
    return None


def _refuse_second(found: dict[str, Listing], second: Listing) -> None:
    """Two packages claim one id: our own keeps it; of two others neither may have it, as either choice is a guess."""
    first = found[second.id]
    if first.entry is None:
        key = f"{second.id} ({second.origin})"
        refused = Listing(key, second.package, second.folder, second.entry)
        refused.error = f"the id {second.id!r} belongs to a built-in adapter: choose another"
        found[refused.id] = refused
        return
    both = f"{first.origin} and {second.origin}"
    first.mend = "uninstall one of them"
    first.error = f"{both} both claim the id {first.id!r}: {first.mend}"
