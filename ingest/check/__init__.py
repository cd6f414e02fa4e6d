"""Deliveries against the contract: values, ranges, renamed and retyped columns."""
