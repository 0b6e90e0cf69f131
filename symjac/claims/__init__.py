"""Published formulas judged: equality, exact counterexamples, verdicts per layout."""
