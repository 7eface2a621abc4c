"""Kannel, the open-source gateway that many operators and aggregators run themselves: sendsms, dlr-url, sms-service."""
