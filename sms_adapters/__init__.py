"""sms_adapters: every SMS aggregator a plug-in with one contract."""
