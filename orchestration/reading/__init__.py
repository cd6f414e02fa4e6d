"""What reads the published file: opening it, status, headline figures."""
