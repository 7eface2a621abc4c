"""Infobip."""
