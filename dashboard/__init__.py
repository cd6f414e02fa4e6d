"""Renders the four static pages from the published file."""
