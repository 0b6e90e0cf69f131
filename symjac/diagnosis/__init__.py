"""Formulas one edit away from a claim."""
