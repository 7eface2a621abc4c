"""SMPP 3.3, 3.4 and 5.0, to an operator's or aggregator's SMSC over TCP or TLS."""
