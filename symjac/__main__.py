"""`python -m symjac`."""

from symjac.cli import main

main(prog_name="symjac")
