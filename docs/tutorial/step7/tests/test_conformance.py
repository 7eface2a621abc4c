"""The conformance suite for Kiwi SMS."""

from sms_adapters.conformance.suite import conformance

TestKiwi = conformance("kiwi")
