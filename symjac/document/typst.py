"""Typst: text that means itself, and mathematics from our LaTeX, as Typst's markup.

Signs are written as characters, not by name, because names differ between versions of
Typst. Brackets are escaped: they keep the size that they are given.
"""

from __future__ import annotations

import re
from typing import assert_never

from symjac.document import document as doc
from symjac.typeset.widths import (
    Call,
    Fence,
    Gap,
    Grid,
    Group,
    Node,
    Script,
    Sign,
    Sized,
    Words,
    read_latex,
)

_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho"
    " sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon"
    " Phi Psi Omega partial prod sum leq geq neq le ge ne forall nabla top intercal"
    " prime odot circ otimes oslash times cdot cdots ldots dots vdots ddots in to infty"
    " mid approx equiv ell"
).split()
_CHARACTERS = "αβγδϵζηθικλμνξπρστυϕχψωΓΔΘΛΞΠΣΥΦΨΩ∂∏∑≤≥≠≤≥≠∀∇⊤⊺′⊙∘⊗⊘×⋅⋯……⋮⋱∈→∞∣≈≡ℓ"
LATEX_NAMES = {
    c: rf"\{n}" for n, c in zip(_NAMES, _CHARACTERS, strict=True) if not c.isascii()
}
_LIMITS = ("det", "max", "min")
_OPERATORS = "tanh sinh cosh coth sin cos tan exp log ln arctan arcsin".split()
_SIGNS = {
    **{rf"\{n}": c for n, c in zip(_NAMES, _CHARACTERS, strict=True)},
    **{rf"\{n}": f'op("{n}")' for n in _OPERATORS},
    **{rf"\{n}": f'op("{n}", limits: #true)' for n in _LIMITS},
    r"\lvert": 'class("opening", |)',
    r"\rvert": 'class("closing", |)',
    r"\lVert": 'class("opening", ‖)',
    r"\rVert": 'class("closing", ‖)',
    r"\quad": "#h(1em)",
    r"\qquad": "#h(2em)",
    r"\,": "thin",
    r"\:": "med",
    r"\;": "thick",
    r"\!": "#h(-0.167em)",
    r"\ ": "space",
    r"\_": r"\_",
    r"\{": r"\{",
    r"\}": r"\}",
    **{c: rf"\{c}" for c in "()[]/"},
    r"\langle": r"\⟨",
    r"\rangle": r"\⟩",
    ",": "comma",
    ";": "semi",
    ":": "colon",
    "|": 'class("normal", |)',
    r"\vert": 'class("normal", |)',
    r"\|": 'class("normal", ‖)',
    r"\Vert": 'class("normal", ‖)',
}
_STYLES = {
    "mathbf": "upright(bold({}))",
    "mathrm": "upright({})",
    "mathit": "italic({})",
    "mathcal": "cal({})",
    "mathbb": "bb({})",
    "boldsymbol": "bold({})",
    "hat": "hat({})",
    "bar": "macron({})",
    "tilde": "tilde({})",
    "vec": "arrow({})",
    "sqrt": "sqrt({})",
    "frac": "frac({}, {})",
    "dfrac": "display(frac({}, {}))",
    "tfrac": "inline(frac({}, {}))",
    "displaystyle": "display({})",
    "phantom": "#hide($ {} $)",
    "overset": 'class("relation", limits({1})^({0}))',
}
_DELIMITERS = {"pmatrix": "(", "bmatrix": "[", "Bmatrix": "{", "vmatrix": "|"}
_DELIMITERS["Vmatrix"] = "‖"
_PLAIN = re.compile(
    r"(?<=[A-Za-z])[.-](?=[A-Za-z ]|$)|[A-Za-z0-9 ,:;?!()]|[^\x00-\x7f]"
)


def typst_text(content: str) -> str:
    """Plain text as Typst markup; every sign that might mean something is escaped."""
    shown = doc.one_line(content)
    return re.sub(r"[\x21-\x7e]", lambda m: _text_sign(shown, m.start()), shown)


def _text_sign(text: str, place: int) -> str:
    return text[place] if _PLAIN.match(text, place) else f"\\{text[place]}"


def typst_string(content: str) -> str:
    """Plain text as a string of Typst's code."""
    escaped = re.sub(r'(["\\])', r"\\\1", content)
    return f'"{doc.one_line(escaped)}"'


def typst_math(latex: str) -> str:
    """A formula for Typst's mathematics, without the dollar signs.

    Raises:
        ParseError: a command that is not of the closed vocabulary.
    """
    return _node(read_latex(latex))


def typst_inline(inline: doc.Inline) -> str:
    """Text and mathematics in a line."""
    return "".join(map(_inline, inline))


def _inline(part: doc.Part) -> str:
    is_main = isinstance(part, doc.Mark) and part.is_main
    if is_main or isinstance(part, doc.Strong):
        return f"#strong[{typst_text(part.content)}]"
    if not isinstance(part, doc.Math):
        return typst_text(part.content)
    shown = typst_math(part.content)
    return f"#whole[${shown}$]" if "mat(" in shown else f"${shown}$"


def typst_right(line: doc.Line, is_first: bool) -> str:
    """A line's sign and right side."""
    sign = "" if is_first and not line.left else line.sign
    return f'"" {typst_math(sign + line.right)}' if sign else typst_math(line.right)


def _node(node: Node) -> str:  # noqa: C901 - exhaustive match
    match node:
        case Sign(latex):
            return _SIGNS.get(latex, latex)
        case Sized(size, sign):
            em = 1.2 if size.startswith("b") else 1.8
            return _as_class(size, f"lr({_delimiter(sign)}, size: #{em}em)")
        case Words(name, content):
            return f'op("{content}")' if name == "operatorname" else f'"{content}"'
        case Gap(em):
            return f"#h({em}em)"
        case Call(name, arguments):
            return _STYLES[name].format(*map(_node, arguments))
        case Group(items):
            return _side_by_side(items) or '""'
        case Script():
            return _script(node)
        case Fence(left, inner, right):
            parts = (_delimiter(left), _node(inner), _delimiter(right))
            return f"lr({' '.join(part for part in parts if part)})"
        case Grid():
            return _grid(node)
    assert_never(node)


def _delimiter(sign: str) -> str:
    """A bracket or bar that may grow, without the class that it has by itself."""
    if sign == ".":
        return ""
    return re.sub(r'class\("\w+", (.)\)', r"\1", _SIGNS[sign])


def _as_class(size: str, shown: str) -> str:
    """A bracket that opens or closes, as its command says."""
    names = {"l": "opening", "r": "closing"}
    return f'class("{names[size[-1]]}", {shown})' if size[-1] in names else shown


def _is_digit(node: Node | None) -> bool:
    return isinstance(node, Sign) and (node.latex.isdigit() or node.latex == ".")


def _is_text(node: Node | None) -> bool:
    return isinstance(node, Words) and node.name == "text"


def _side_by_side(items: tuple[Node, ...]) -> str:
    """Nodes apart from each other, except digits of a number and next to words.

    Typst shows the spaces around words.
    """
    shown = ""
    for place, item in enumerate(items):
        before = items[place - 1] if place else None
        is_joined = _is_digit(before) and _is_digit(item)
        is_joined = is_joined or _is_text(before) or _is_text(item)
        shown += ("" if is_joined or not shown else " ") + _node(item)
    return shown


def _script(node: Script) -> str:
    shown = _node(node.base)
    if isinstance(node.base, Group) and len(node.base.items) > 1:
        shown = f"attach({shown})"
    is_prime = node.above in (Sign(r"\prime"), Group((Sign(r"\prime"),)))
    shown += "'" * (node.primes + is_prime)
    if node.below is not None:
        shown += f"_({_node(node.below)})"
    if node.above is not None and not is_prime:
        shown += f"^({_node(node.above)})"
    return shown


def _grid(node: Grid) -> str:
    if node.name == "cases":
        rows = (" && #h(1em) ".join(map(_node, row)) for row in node.rows)
        return f"cases({', '.join(f'& {row}' for row in rows)})"
    if node.name == "aligned":
        lines = (" & ".join(f"display({_node(c)})" for c in row) for row in node.rows)
        return f"mat(delim: #none, row-gap: #0.6em, {'; '.join(lines)})"
    delimiter = _DELIMITERS.get(node.name)
    shown = f'"{delimiter}"' if delimiter else "#none"
    rows = (", ".join(_node(cell) for cell in row) for row in node.rows)
    return f"display(mat(delim: {shown}, {'; '.join(rows)}))"
