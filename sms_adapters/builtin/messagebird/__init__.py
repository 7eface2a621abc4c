"""MessageBird, now Bird: its REST API and the platform that follows it."""
