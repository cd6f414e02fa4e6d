"""Mutants of the models, and what of the suite catches them."""
