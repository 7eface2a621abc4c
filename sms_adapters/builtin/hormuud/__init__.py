"""Hormuud Telecom."""
