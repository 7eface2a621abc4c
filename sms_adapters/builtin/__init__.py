"""The adapters that come with the package, one folder each."""
