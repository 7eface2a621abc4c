"""Onboarding: what an aggregator or operator hands over before work starts, as data that is checked and exported."""

from __future__ import annotations

from .missing import Finding, Sort, findings_of, is_complete
from .model import Dossier
from .reading import read_dossier

__all__ = ["Dossier", "Finding", "Sort", "findings_of", "is_complete", "read_dossier"]
