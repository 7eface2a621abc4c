"""Families of aggregators that speak the same protocol."""
