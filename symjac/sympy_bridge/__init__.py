"""From SymPy: matrix expressions and index expressions to typed programs."""
