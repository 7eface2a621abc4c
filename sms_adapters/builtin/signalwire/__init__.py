"""SignalWire, Compatibility API."""
