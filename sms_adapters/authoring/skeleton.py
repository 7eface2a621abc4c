"""The template of an adapter's package: where it is, and how a package is made from it and follows it later.

copier merges a later version of a template into a package only where both versions are in a git repository. An
installed distribution has one version, so each version that has been in use on this machine is kept in a repository of
the user's, tagged with the version of this package. `--template` names another one, for a team that shares it.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._version import __version__
from ..errors import ConfigError

__all__ = ["ANSWERS", "Skeleton", "generate", "kept_versions", "packaged", "update"]

ANSWERS = ".copier-answers.yml"
NAME = "adapter_skeleton"
IDENTITY = ("-c", "user.name=sms-adapters", "-c", "user.email=sms-adapters@localhost", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A template as copier names it, and the version of it to use; None for its latest."""

    source: str
    ref: str | None = None


def packaged() -> Path:
    """The template that came with this package, or the checkout's."""
    beside = Path(__file__).with_name(NAME)
    return beside if beside.is_dir() else Path(__file__).parents[2] / "templates" / NAME


def kept_versions() -> Skeleton:
    """The user's repository of templates, with the packaged one in it under a tag."""
    from platformdirs import user_data_path

    if shutil.which("git") is None:
        raise ConfigError("git is not installed: it keeps the versions of the template, so that updates can be merged")
    folder = user_data_path("sms-adapters", appauthor=False) / NAME
    with tempfile.TemporaryDirectory() as made:
        work = Path(made) / NAME
        if folder.exists():
            _git(Path(made), "clone", "--quiet", str(folder), NAME)
        else:
            _git(Path(made), "init", "--quiet", "--initial-branch=main", NAME)
        tag = _committed(work)
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(work, folder)
        elif tag not in _tags(folder):
            _git(folder, "pull", "--quiet", "--tags", str(work), "main")
    return Skeleton(_short(folder), tag)


def _committed(work: Path) -> str:
    """The tag of the packaged template in a clone; a commit of its own where it is not there under any."""
    head = _git(work, "describe", "--tags", check=False).strip()
    if head and _same(packaged(), work):
        return head
    for path in work.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(packaged(), work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    tag = _free_tag(_tags(work))
    _git(work, "add", "--all", "--force")
    _git(work, *IDENTITY, "commit", "--quiet", "--allow-empty", "-m", f"Template of sms-adapters {tag}")
    _git(work, *IDENTITY, "tag", "-a", "-m", tag, tag)
    return tag


def _free_tag(taken: list[str]) -> str:
    """The tag of this version; with a suffix where a template under development changed within it."""
    tag, number = __version__, 0
    while tag in taken:
        number += 1
        tag = f"{__version__}.post{number}"
    return tag


def _same(first: Path, second: Path) -> bool:
    """Whether two folders hold the same files with the same content."""
    names = {path: _files(path) for path in (first, second)}
    same = names[first] == names[second]
    return same and not any(filecmp.cmpfiles(first, second, names[first], shallow=False)[1:])


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.parts[0] != ".git" and "__pycache__" not in path.parts)


def _tags(folder: Path) -> list[str]:
    return _git(folder, "tag", "--list").split()


def _git(folder: Path, *arguments: str, check: bool = True) -> str:
    """Run git, without the variables by which a hook of git's would lead it to another repository."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=clean, check=False)  # noqa: S603
    if check and done.returncode:
        raise ConfigError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")
    return done.stdout


def _short(folder: Path) -> str:
    """The path as other machines can read it, too, where it is below the home folder."""
    try:
        return f"~/{folder.relative_to(Path.home())}"
    except ValueError:
        return str(folder)


def generate(skeleton: Skeleton, folder: Path, answers: Mapping[str, Any], *, ask: bool) -> dict[str, Any]:
    """Make a package in `folder`, which has to be empty or new; the answers to all questions."""
    from copier import run_copy

    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is there already and is not empty: choose another with --into")
    with _copier_errors(skeleton.source):
        worker = run_copy(
            skeleton.source, folder, data=dict(answers), vcs_ref=skeleton.ref, defaults=not ask, quiet=True
        )
    found: dict[str, Any] = dict(worker.answers.combined)
    return found


def update(folder: Path, skeleton: Skeleton | None) -> tuple[str, str]:
    """Merge the present template into a package; the versions before and after.

    The package's own answers name its template; `skeleton` is the user's repository, made up to date before.
    """
    from copier import run_update

    before = _answered(folder)
    if skeleton is not None and before["_src_path"] != skeleton.source:
        skeleton = None  # the package follows a template of its own
    elif skeleton is not None and before["_commit"] not in _tags(Path(skeleton.source).expanduser()):
        raise ConfigError(
            f"the package was made with the template of sms-adapters {before['_commit']}, which has never been in use"
            f" here: run `sms-adapters new --update` once with that version installed, then with this one"
        )
    with _copier_errors(before["_src_path"]):
        run_update(folder, vcs_ref=skeleton.ref if skeleton else None, defaults=True, overwrite=True, quiet=True)
    return str(before["_commit"]), str(_answered(folder)["_commit"])


def _answered(folder: Path) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load((folder / ANSWERS).read_text(encoding="utf-8"))
    except OSError:
        raise ConfigError(f"{folder} has no {ANSWERS}: name the folder of a package that was made here") from None
    if not isinstance(values, dict) or "_commit" not in values:
        raise ConfigError(f"{folder}/{ANSWERS} names no version of a template, so nothing can be merged")
    return values


@contextmanager
def _copier_errors(source: str) -> Iterator[None]:
    """Raise what copier does as ours."""
    from copier.errors import CopierError

    try:
        yield
    except KeyboardInterrupt:  # one of copier's errors is both
        raise KeyboardInterrupt from None
    except (CopierError, ValueError) as error:
        raise ConfigError(f"the template {source}: {error}") from error
