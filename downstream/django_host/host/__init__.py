"""A Django project that sends and receives."""
