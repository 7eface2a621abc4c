"""What an adapter's folder promises, as cases that can be replayed."""
