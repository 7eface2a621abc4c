"""Webhooks: one pure core, and thin mounts for ASGI, WSGI and Django."""
