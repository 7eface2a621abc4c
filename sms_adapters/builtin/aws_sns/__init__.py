"""AWS End User Messaging SMS, and Amazon SNS."""
