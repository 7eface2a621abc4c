"""Acme: an aggregator that does not exist, and an adapter that meets every check."""
