"""Whether two index forms are equal: canonical form, identities, zero."""
