"""Checked deliveries into raw: one file, one transaction; the ledger and the quarantine."""
