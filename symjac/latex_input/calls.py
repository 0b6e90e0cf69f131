r"""Functions with their arguments: `\sigma'(x)`, `\tanh^2(z)`, `\log\det X`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from symjac.errors import ParseError, Span, UnsupportedError
from symjac.latex_input import tree
from symjac.latex_input.pieces import COLUMN, MATRIX, ROW, SCALAR, Piece
from symjac.library.functions import lookup
from symjac.library.operations import OPERATIONS
from symjac.library.row import MATRICES, SAME
from symjac.terms.shape import Kind
from symjac.typeset.text import ATOM, POWER


@dataclass(frozen=True, slots=True)
class Head:
    """A function before its argument: name, primes, power, elementwise or not."""

    name: str
    primes: int
    power: Fraction | None
    is_elementwise: bool
    span: Span


def head(name: str, above: tuple[tree.Script, ...], span: Span) -> Head:
    """What stands above a function's name.

    Raises:
        UnsupportedError: an inverse, or another mark.
    """
    primes, power, is_elementwise = 0, None, False
    for script in above:
        if script.mark is tree.Mark.PRIME:
            primes += int(script.value)
        elif (
            script.mark is tree.Mark.POWER and power is None and _is_power(script.value)
        ):
            power = script.value
        elif script.mark is tree.Mark.ELEMENTWISE and not script.value:
            is_elementwise = True
        else:
            raise UnsupportedError(
                f"{script.span.text} above the function {name}",
                script.span,
                hint=f"an inverse is arc{name}, a power ({name}(x))^2",
            )
    return Head(name, primes, power, is_elementwise, span)


def _is_power(value: Fraction) -> bool:
    return value.denominator == 1 and value > 1


def applied(found: Head, arguments: list[Piece], at: Span) -> Piece:
    """A function of its arguments."""
    if found.power is not None and found.name in ("sigma", "f", "g", "phi", "psi"):
        raise UnsupportedError(
            f"a power of {found.name} before its argument",
            found.span,
            hint=f"write {found.name}(x)^2",
        )
    if found.name == "sech":
        return _sech(found, arguments, at)
    if found.name == "log" and arguments[0].call in ("det", "absdet"):
        piece = Piece(f"logdet({arguments[0].inner})", SCALAR, at)
    elif found.name == "diag" and arguments[0].kind is MATRIX:
        piece = Piece(f"diagonal({arguments[0].text})", COLUMN, at)
    else:
        piece = _plain(found, arguments, at)
    if found.power is None:
        return piece
    return Piece(f"{piece.text}**{found.power}", piece.kind, at, POWER)


def _plain(found: Head, arguments: list[Piece], at: Span) -> Piece:
    name, first = found.name, arguments[0]
    whole = (
        lookup(name).also_of_matrices
        and first.kind is MATRIX
        and not found.is_elementwise
    )
    if whole:
        raise UnsupportedError(
            f"{name} of a matrix may be elementwise or a matrix function",
            at,
            hint=rf"write {name}^{{\odot}}(...) for elementwise, \operatorname{{expm}}"
            " for the matrix exponential",
        )
    if len(arguments) != 1 and name not in OPERATIONS:
        raise ParseError(f"{name} takes one argument", at)
    if name == "max" and len(arguments) == 2:
        return _positive_part(arguments, at)
    shown = ", ".join(argument.text for argument in arguments)
    text = f"{name}{chr(39) * found.primes}({shown})"
    assumed = name == "sqrt" and first.is_assumed
    return Piece(
        text, _kind(name, arguments), at, ATOM, False, name, first.text, assumed
    )


def _positive_part(arguments: list[Piece], at: Span) -> Piece:
    """max(0, x) of each component."""
    zeros = [piece for piece in arguments if piece.literal and piece.text == "0"]
    others = [piece for piece in arguments if not piece.literal]
    if len(zeros) != 1 or len(others) != 1:
        message = "the maximum of two things is read only where one is 0"
        raise UnsupportedError(message, at)
    return Piece(f"relu({others[0].text})", others[0].kind, at, call="relu")


def _kind(name: str, arguments: list[Piece]) -> Kind:
    first = arguments[0]
    if name in ("diag", "logdet", "norm"):
        return MATRIX if name == "diag" else SCALAR
    if name == "trace":
        return SCALAR
    row = OPERATIONS.get(name)
    alike = {piece.kind for piece in arguments} == {first.kind}
    if row is None or row.gives == SAME or (row.takes == MATRICES and alike):
        return first.kind
    return (SCALAR, COLUMN, MATRIX)[row.order]


def _sech(found: Head, arguments: list[Piece], at: Span) -> Piece:
    r"""Sech = 1/cosh, and sech^2 = tanh'."""
    if len(arguments) != 1 or found.primes or found.power not in (None, 2):
        raise UnsupportedError("only sech and sech^2 are known", at)
    if found.power == 2:
        return _plain(Head("tanh", 1, None, False, found.span), arguments, at)
    cosh = _plain(replace(found, name="cosh"), arguments, at)
    return Piece(f"(1 / {cosh.text})", cosh.kind, at)


def barred(piece: Piece, below: tuple[tree.Script, ...], at: Span) -> Piece:
    """Single bars: the determinant of a matrix, the absolute value of a number."""
    if below:
        hint = r"write \| X \|_F for a norm"
        raise UnsupportedError("single bars with a subscript", below[0].span, hint=hint)
    if piece.kind is MATRIX:
        return Piece(f"det({piece.text})", SCALAR, at, ATOM, False, "det", piece.text)
    if piece.kind is not SCALAR:
        raise UnsupportedError(
            f"single bars; {piece.described}",
            at,
            hint=r"write \| x \| for the norm, \operatorname{abs}(x) for components",
        )
    is_det = piece.call == "det"
    call = "absdet" if is_det else "abs"
    inner = piece.inner if is_det else piece.text
    return Piece(f"abs({piece.text})", SCALAR, at, ATOM, False, call, inner)


NORMS = {"": "norm2", "2": "norm2", "1": "norm1"}  # of vectors
MATRIX_NORMS = {
    **dict.fromkeys(("F", "Frob", "f"), "normF"),
    **dict.fromkeys(("*", r"\ast"), "nuclear_norm"),
}


def normed(piece: Piece, below: tuple[tree.Script, ...], at: Span) -> Piece:
    """Double bars: the Euclidean norm of a vector, or the norm that is named."""
    mark = below[0].text if below else ""
    if len(below) > 1:
        raise ParseError("two subscripts of a norm", at)
    is_vector = piece.kind in (COLUMN, ROW)
    names = NORMS if is_vector else MATRIX_NORMS if piece.kind is MATRIX else {}
    if mark not in names:
        raise UnsupportedError(
            f"this norm; {piece.described}",
            at,
            hint=r"known are \|x\|_1, \|x\|_2 of a vector, \|X\|_F and \|X\|_*"
            " of a matrix",
        )
    return Piece(f"{names[mark]}({piece.text})", SCALAR, at)
