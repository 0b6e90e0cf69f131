"""What equations are made of: shapes, functions, matrix form, index form, printers."""
