"""DartMedia, Indonesia."""
