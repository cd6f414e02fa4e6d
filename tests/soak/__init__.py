"""A warehouse that runs for weeks."""
