"""The raw tables: opening the file they are in, and their shapes."""
