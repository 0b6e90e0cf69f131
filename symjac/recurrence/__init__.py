"""Recurrences: one step, products and sums over time."""
