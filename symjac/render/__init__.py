"""Proof documents: a format-neutral view filled from derivations."""
