"""Delivered files and tables, read as text: one delivery, rows and lines."""
