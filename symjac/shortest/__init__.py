"""The shortest equal form: what an expert writes for what the rules derive."""
