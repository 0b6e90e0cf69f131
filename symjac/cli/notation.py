"""The options that say how mathematics is written, shared by the printing commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from symjac.typeset.notation import CHOICES, USUAL, Notation, written


def _choice(flag: str, name: str, help_: str) -> Callable[..., Any]:
    return click.option(
        flag,
        name,
        type=click.Choice(CHOICES[name.removesuffix("_style")]),
        default=getattr(USUAL, name.removesuffix("_style")),
        show_default=True,
        help=help_,
    )


_OPTIONS = (
    click.option(
        "--bold/--plain",
        "bold",
        default=True,
        help="Whole vectors and matrices in bold type, or not.",
    ),
    _choice("--time-style", "time_style", "How a time step is printed."),
    _choice("--transpose", "transpose", "The mark of a transpose."),
    _choice("--hadamard", "hadamard", "The sign of elementwise products."),
    _choice("--fractions", "fractions", "How derivatives are printed."),
    click.option(
        "--indices",
        default="",
        metavar="I,J,...",
        help="Letters for component indices.",
    ),
    click.option(
        "--language",
        default=USUAL.language,
        show_default=True,
        help="Of the words: a known language, or a .toml file of them.",
    ),
)


def notation_options(command: Callable[..., None]) -> Callable[..., None]:
    """Run a command in the notation that its options ask for; see docs/notation.md."""

    @wraps(command)
    def in_notation(
        *,
        bold: bool,
        time_style: str,
        transpose: str,
        hadamard: str,
        fractions: str,
        indices: str,
        language: str,
        **others: Any,
    ) -> None:
        letters = tuple(part.strip() for part in indices.split(",")) if indices else ()
        chosen = Notation(
            bold, time_style, transpose, hadamard, fractions, letters, language
        )
        with written(chosen):
            command(**others)

    for option in reversed(_OPTIONS):
        in_notation = option(in_notation)
    return in_notation
