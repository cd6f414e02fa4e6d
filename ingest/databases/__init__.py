"""Live databases as a source: addresses, mappings, dialects, cursors."""
