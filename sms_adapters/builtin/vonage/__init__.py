"""Vonage, formerly Nexmo: the SMS API and the Messages API."""
