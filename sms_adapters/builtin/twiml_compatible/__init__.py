"""Any service that speaks like Twilio's Messages resource."""
