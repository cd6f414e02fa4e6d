"""What cannot be computed again, kept outside the home, and brought back."""
