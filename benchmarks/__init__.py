"""Measurements, one command each; they print ratios."""
