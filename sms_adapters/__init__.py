"""sms_adapters."""
