"""The files that leave: the letter, the VPN form and the VPN's configuration. Needs the extra `intake`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2

from ..errors import ConfigError
from .form import form_blocks
from .ipsec import credentials_script, swanctl
from .letter import letter
from .missing import Finding, Sort, has_vpn
from .model import Dossier
from .naming import interface, slug
from .wireguard import wireguard

__all__ = ["Exported", "export", "pages_of"]

TEMPLATES = Path(__file__).with_name("templates")
PAPERS = {"a4": "A4", "letter": "letter"}
PANGO = "Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to be written; `mode` are its permissions."""

    name: str
    content: bytes
    mode: int = 0o644


def export(
    dossier: Dossier, findings: Sequence[Finding], folder: Path, *, paper: str = "a4", pdf: bool = True
) -> tuple[list[Path], list[str]]:
    """Write the files into `folder`, which is made; gives their paths, and a sentence for what was left out."""
    left: list[str] = []
    files = [*_letter(dossier, findings, paper), *_form(dossier, paper, pdf), *_vpn(dossier, findings, left)]
    folder.mkdir(parents=True, exist_ok=True)
    return [_written(folder / item.name, item) for item in files], left


def _written(path: Path, item: Exported) -> Path:
    """Beside its place first: a file is never half written."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(item.content)
    beside.chmod(item.mode)
    os.replace(beside, path)
    return path


def pages_of(dossier: Dossier, findings: Sequence[Finding], paper: str = "a4") -> dict[str, str]:
    """The pages as HTML and Markdown, by the name of their file."""
    values: dict[str, Any] = {"dossier": dossier, "today": datetime.now(UTC).date(), "paper": PAPERS[paper]}
    told = letter(dossier, findings)
    pages = {"letter.md": _rendered("letter.md", letter=told, **values)}
    pages["letter.html"] = _rendered("letter.html", letter=told, **values)
    if has_vpn(dossier):
        pages["vpn-form.html"] = _rendered("vpn-form.html", blocks=list(form_blocks(dossier)), **values)
    return pages


def _rendered(name: str, **values: Any) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["markdown"] = _markdown
    return environment.get_template(f"{name}.j2").render(**values)


def _markdown(text: object) -> str:
    """A text in which nothing is Markdown's or HTML's."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", str(text))


def _letter(dossier: Dossier, findings: Sequence[Finding], paper: str) -> Iterator[Exported]:
    for name, text in pages_of(dossier, findings, paper).items():
        yield Exported(name, text.encode())


def _form(dossier: Dossier, paper: str, pdf: bool) -> Iterator[Exported]:
    if pdf and has_vpn(dossier):
        yield Exported("vpn-form.pdf", form_pdf(pages_of(dossier, (), paper)["vpn-form.html"]))


def form_pdf(page: str) -> bytes:
    """The form as PDF with fields to fill in; ConfigError where the libraries that draw it are missing."""
    try:
        import weasyprint
    except ModuleNotFoundError:
        raise ConfigError("the PDF needs WeasyPrint: install sms-adapters[intake], or give --no-pdf") from None
    except OSError:
        raise ConfigError(f"the PDF needs the library Pango ({PANGO}), or give --no-pdf") from None
    made: bytes | None = weasyprint.HTML(string=page).write_pdf(pdf_forms=True, finisher=_with_appearance)
    if made is None:
        raise ConfigError("WeasyPrint made no PDF")
    return made


def _with_appearance(_document: Any, pdf: Any) -> None:
    """Boxes to tick get the font that the format asks of every field; WeasyPrint gives it to fields of text alone."""
    for item in pdf.objects:
        if isinstance(item, dict) and item.get("FT") == "/Btn":
            item.setdefault("DA", "(/ZaDb 0 Tf 0 g)")


def _vpn(dossier: Dossier, findings: Sequence[Finding], left: list[str]) -> Iterator[Exported]:
    """The VPN's configuration, as soon as both sides have said what stands in it."""
    if not has_vpn(dossier):
        return
    wireguarded = dossier.vpn.kind == "wireguard"
    name = f"{interface(dossier.name)}.conf" if wireguarded else f"{slug(dossier.name)}.swanctl.conf"
    open_ = [item.path for item in findings if item.path.startswith("vpn.") and item.sort is not Sort.WARNING]
    if open_:
        left.append(f"{name}, until there is {', '.join(open_)}")
    elif wireguarded:
        yield Exported(name, wireguard(dossier).encode(), 0o600)
    else:
        yield Exported(name, swanctl(dossier).encode(), 0o600)
        script = credentials_script(dossier)
        if script is not None:
            yield Exported(f"{slug(dossier.name)}-credentials.sh", script.encode(), 0o755)
