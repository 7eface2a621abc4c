"""Kiwi SMS."""
