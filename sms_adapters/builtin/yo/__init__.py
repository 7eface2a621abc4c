"""Yo! Uganda."""
