"""seven, formerly sms77."""
