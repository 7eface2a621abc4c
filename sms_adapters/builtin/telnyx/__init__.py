"""Telnyx Messaging."""
