"""Text to typed programs: grammar, syntax tree with spans, inference of shapes."""
