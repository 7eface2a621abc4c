"""Simulated aggregators on loopback."""
