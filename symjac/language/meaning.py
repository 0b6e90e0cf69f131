"""Rows of the library as typed formulas: their text over given operands."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from symjac.errors import Source
from symjac.language.dims import Naming
from symjac.language.infer import Draft, Inference
from symjac.language.parse import parse_formula
from symjac.language.scope import Scope
from symjac.language.syntax import Name, Syntax, Unary
from symjac.terms import matrix as m
from symjac.terms.operations import sizes_of
from symjac.terms.shape import Dim, Kind

Operands = dict[str, m.MatrixExpr]
LETTERS = "ABC"
_ORIENTED = re.compile(r"\.T|ones\(")  # what is not the same for a row and a column


@cache
def parsed(text: str) -> Syntax:
    """The syntax tree of a row's text."""
    return parse_formula(Source("library", text))[1]


class _Inference(Inference):
    """Inference where names stand for given expressions and dimensions."""

    def __init__(self, operands: Operands, sizes: dict[str, Dim]) -> None:
        super().__init__(Scope(fixed=sizes))  # type: ignore[arg-type]
        self.operands = operands

    def name(self, node: Name) -> Draft:
        """An operand."""
        expr = self.operands[node.name]
        return Draft(expr.shape.kind, expr.shape.dims, lambda _: expr, node.span)

    def require_symmetry(self, *_: object) -> None:
        """A row's operands are what its own row asks for."""

    def unary(self, node: Unary) -> Draft:
        """The transpose of a transpose is what stands under it.

        No declared symmetry is used: the entries of a variable are independent, so
        u^T M w and (M u)^T w have different derivatives by M.
        """
        draft = super().unary(node)
        if node.operator != "T" or draft.literal is not None:
            return draft
        build = draft.build
        return Draft(draft.kind, draft.dims, lambda n: _once(build(n)), node.span)


def _once(expr: m.MatrixExpr) -> m.MatrixExpr:
    match expr:
        case m.Transpose(m.Transpose(arg)):
            return arg
    return expr


def instance(
    text: str, operands: Operands, sizes: dict[str, Dim] | None = None
) -> m.MatrixExpr:
    """A row's text with expressions for its letters.

    Args:
        operands: what A, B, dA or u stand for.
        sizes: what the letters of dimensions stand for.
    """
    draft = _Inference(operands, sizes or {}).infer(parsed(text))
    return draft.build(Naming(set()))


@lru_cache(maxsize=512)
def definition(node: m.Operation) -> m.MatrixExpr:
    """What an operation means in terms of others."""
    return of_operation(node, node.row.meaning)


def of_operation(node: m.Operation, text: str, **more: m.MatrixExpr) -> m.MatrixExpr:
    """A text of an operation's row over its operands, rows turned upright if need be.

    Args:
        more: what other letters stand for, such as dA; of the operand's shape.
    """
    stand = as_column if _ORIENTED.search(text) else _as_is
    columns = [stand(arg) for arg in node.args]
    letters = dict(zip(LETTERS, columns, strict=False))
    letters |= {name: stand(expr) for name, expr in more.items()}
    order = len(node.args[0].shape.dims)
    texts = text.split(" or ")
    sizes = sizes_of(node.row, tuple(arg.shape for arg in columns))
    whole = instance(texts[min(order, len(texts)) - 1], letters, sizes)
    was_row = node.shape.kind is Kind.ROW and whole.shape.kind is Kind.COLUMN
    return turned(whole) if was_row else whole


def turned(expr: m.MatrixExpr) -> m.MatrixExpr:
    """The transpose as it is written."""
    return expr.arg if isinstance(expr, m.Transpose) else m.Transpose(expr)


def _as_is(arg: m.MatrixExpr) -> m.MatrixExpr:
    return arg


def as_column(arg: m.MatrixExpr) -> m.MatrixExpr:
    """A row vector turned upright."""
    return turned(arg) if arg.shape.kind is Kind.ROW else arg
