"""Bases for adapters, so that most authors never write a flow."""

from .parts import SendKit, fail_by_status

__all__ = ["SendKit", "fail_by_status"]
