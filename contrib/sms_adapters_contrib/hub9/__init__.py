"""Hub9, Indonesia."""
