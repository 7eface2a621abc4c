"""Host plug-ins that come with the package."""
