"""Recurrences over many steps: their products, sums and bounds, and their numbers."""
