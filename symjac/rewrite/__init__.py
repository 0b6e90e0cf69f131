"""What a rule is: matched, applied, recorded with its steps, and replayed."""
