"""The published tables, one module per family; each function gives one table by key."""
