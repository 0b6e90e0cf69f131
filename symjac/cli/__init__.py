"""The command line: `symjac prove`, `derive`, `check`, `grade`, `gallery` and others.

Exit codes: 0 done, or claim proved in a requested layout; 1 refuted; 2 invalid input;
3 undecided; 70 a fault inside, 130 interrupted (`edge`).
"""

from __future__ import annotations

import click

from symjac import __version__
from symjac.cli.check import check_command
from symjac.cli.derive import derive_command
from symjac.cli.docs import docs_command
from symjac.cli.edge import Group
from symjac.cli.gallery import cells_command, gallery_command
from symjac.cli.grade import grade_command
from symjac.cli.gradients import gradients_command
from symjac.cli.prove import prove_command

HELP = """Derive, explain and judge derivatives of vector and matrix equations.

\b
A formula, its variable, and perhaps a claim about its derivative:
  symjac 'x^T A x' x '(A + A^T) x'
A paper of the catalogue, as a proof in LaTeX, Markdown and HTML:
  symjac prove pascanu2013
A derivative, with its steps:
  symjac derive 'x[t] = W @ sigma(x[t-1]) + b' --steps
All gradients of a loss, as backpropagation computes them:
  symjac gradients 'h = tanh(W @ x + b); L = norm2(V @ h - y)**2'
A recurrent cell of the catalogue, such as a GRU or an LSTM:
  symjac cells; symjac derive --cell gru
What papers, books and courses print, judged:
  symjac gallery
A formula that you doubt, under both layouts:
  symjac check 'x[t] = W @ sigma(x[t-1]) + b' --claim "W.T @ diag(sigma'(x[t-1]))"
An answer against a reference formula, or a file of them:
  symjac grade --answer 'W.T' --reference 'W'
Formulas in a README or a book, kept true:
  symjac docs README.md; symjac docs --check README.md

\b
Equations: one per line or apart by ';'. @ product, * elementwise or scalar, .T
transpose, diag(v), sigma'(x) derivative of an elementwise function, x[t-1] time.
Upper case: matrix; lower case: column vector; Greek: scalar; `A: (n, m)` declares.

\b
Exit codes: 0 done or proved, 1 refuted, 2 invalid input, 3 undecided, 70 a fault.
"""


@click.group(
    cls=Group, help=HELP, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="symjac")
def main() -> None:
    """Group of all commands."""


for command in (
    prove_command,
    derive_command,
    gradients_command,
    check_command,
    grade_command,
    cells_command,
    gallery_command,
    docs_command,
):
    main.add_command(command)
