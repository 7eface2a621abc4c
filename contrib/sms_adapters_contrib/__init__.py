"""Adapters of the long tail, each in a folder that holds all about one aggregator."""
