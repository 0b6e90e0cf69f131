"""The closed vocabulary of LaTeX: what is read, and what is refused with its place."""

from __future__ import annotations

import pytest

from symjac.errors import ParseError
from symjac.typeset.widths import (
    ARGUMENTS,
    GRIDS,
    MAX_DEPTH,
    SIGNS,
    SIZES,
    Call,
    Fence,
    Gap,
    Grid,
    Group,
    Script,
    Sign,
    Sized,
    Words,
    read_latex,
)

X, Y = Sign("x"), Sign("y")


@pytest.mark.parametrize(
    ("latex", "items"),
    [
        ("x y", (X, Y)),
        (r"x_y'", (Script(X, Y, None, 1),)),
        (r"x'^{y}", (Script(X, None, Group((Y,)), 1),)),
        (r"\frac{x}y", (Call("frac", (Group((X,)), Y)),)),
        (r"\bigl(\bigr)^y", (Sized("bigl", "("), Script(Sized("bigr", ")"), None, Y))),
        (r"\left. x \right|", (Fence(".", Group((X,)), "|"),)),
        (r"\operatorname{leaky\_relu}", (Words("operatorname", "leaky_relu"),)),
        (r"\hspace{1.2em}{}", (Gap("1.2"), Group(()))),
        (
            r"\begin{pmatrix} x & y \\[2pt] y & \end{pmatrix}",
            (Grid("pmatrix", ((Group((X,)), Group((Y,))), (Group((Y,)), Group(())))),),
        ),
    ],
)  # fmt: skip
def test_a_formula_is_read_as_tex_reads_it(
    latex: str, items: tuple[object, ...]
) -> None:
    assert read_latex(latex).items == items


REFUSED = {
    r"\input{x}": r"command \input is not allowed",
    r"\write18{x}": r"command \write is not allowed",
    r"\begin{document}": "environment 'document' is not allowed",
    r"x \end{pmatrix}": r"\end has no place here",
    r"^^5cinput": "expected something in braces",
    r"\begin{pmatrix} x \end{bmatrix}": r"expected \end{pmatrix}",
    r"\begin{pmatrix} x \\* y \end{pmatrix}": "not allowed",
    r"\text{\input{x}}": "braces do not match",
    r"\text{a_b}": "braces do not match",
    r"\sqrt[3]{x}": "a root with a degree is not allowed",
    r"\hspace{999em}": "not allowed",
    r"\left( x": r"no \right",
    r"\bigl x": "expected a bracket or bar",
    r"x^\frac{x}{y}": "put braces around it",
    "{x": "braces do not match",
    "x}": "braces do not match",
    "x^y^x": "two scripts at one place",
    "x'_y^x": "two scripts at one place",
    "x'_y'": "a prime after a superscript",
    "x^y'": "a prime after a superscript",
    "x_": "expected something in braces",
    "x & y": "& has no place here",
    r"x \\ y": r"\\ has no place here",
    "$x$": "character '$' is not allowed",
    "x%": "character '%' is not allowed",
    "x\ny": "character '\\n' is not allowed",
    "é": "character 'é' is not allowed",
    "{" * (MAX_DEPTH + 1): f"nested more than {MAX_DEPTH} deep",
}


@pytest.mark.parametrize(("latex", "message"), REFUSED.items())
def test_everything_else_is_refused_with_its_place(latex: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_latex(latex)
    assert caught.value.message == message
    assert caught.value.span is not None
    assert 0 <= caught.value.span.start <= len(latex)


def test_no_command_of_the_vocabulary_can_do_more_than_typeset() -> None:
    """TeX's commands that define, read, write or call; none is a sign or a style."""
    known = {*SIGNS, *ARGUMENTS, *SIZES, *GRIDS}
    harmful = (
        "def edef gdef xdef let futurelet csname endcsname input include write openin"
        " openout read immediate special catcode newcommand renewcommand usepackage"
        " url href includegraphics verb loop expandafter noexpand directlua"
    )
    assert known.isdisjoint(harmful.split())
