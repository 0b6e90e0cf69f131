"""What symjac knows of functions, operations and properties: one row for each."""
