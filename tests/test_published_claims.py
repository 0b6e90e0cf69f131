"""Published claims with verified truth: no wrong verdict among those supported today.

The collection lies beside the repository, in ../shared; without it the test is skipped.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import symjac
from symjac.claims.adjudicate import Outcome
from symjac.errors import SymjacError, UnsupportedError
from symjac.library.functions import TABLE
from symjac.library.operations import OPERATIONS
from symjac.terms.program import Program
from tests.recomputation import check_judgement

CLAIMS = Path(__file__).parents[2] / "shared" / "claims" / "claims.json"
LEAST_SUPPORTED = 330  # the two others state index formulas, not matrix formulas
PROPERTIES = {
    "symmetric": "symmetric",
    "skew": "skew",
    "spd": "positive_definite",
    "diagonal": "diagonal",
    "orthogonal": "orthogonal",
    "orthonormal_columns": "orthonormal_columns",
    "projection": "projection",
    "identity": "identity",
    "zero": "zero",
    "scalar_identity": "scalar",
    "binary": "binary",
    "onehot": "one_hot",
    "simplex": "probability",
    "unit": "unit",
    "commutes_with": "commutes with",
}


class Unsupported(Exception):
    """The adapter, or today's language, has no form for this case."""


class Translator(ast.NodeVisitor):
    """The collection's grammar to symjac's, node by node."""

    def __init__(self, functions: dict[str, str]) -> None:
        self.functions = functions

    def show(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return escaped(name)
            case ast.Constant(value=value):
                return str(value)
            case ast.Attribute(value=value, attr="T"):
                return f"({self.show(value)}).T"
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"(-({self.show(operand)}))"
            case ast.BinOp(left=left, op=op, right=right):
                sign = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "MatMult": "@"}
                symbol = sign[type(op).__name__]
                return f"(({self.show(left)}) {symbol} ({self.show(right)}))"
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, [self.show(a) for a in args])
        raise Unsupported(ast.dump(node))

    def call(self, name: str, args: list[str]) -> str:
        if name == "had":
            return f"(({args[0]}) * ({args[1]}))"
        if name == "outer":
            return f"(({args[0]}) @ ({args[1]}).T)"
        if name == "pow":
            return f"(({args[0]})**({args[1]}))"
        if name in self.functions:
            return f"{self.functions[name]}({args[0]})"
        name = {"mexp": "expm", "mpow": "matpow", "dg": "diagonal"}.get(name, name)
        if name in TABLE or name in {"diag", "eye", "ones", "zeros"} | {*OPERATIONS}:
            return f"{name}({', '.join(args)})"
        raise AssertionError(f"unknown function {name} in the collection")


def escaped(name: str) -> str:
    """Names that symjac reads as something else get another one."""
    return f"q_{name}" if name in {"ones", "dim"} else name


def functions(case: dict[str, Any]) -> dict[str, str]:
    table: dict[str, str] = {}
    for name, row in case.get("functions", {}).items():
        table |= {name: name, row["d"]: f"{name}'", row["d2"]: f"{name}''"}
    return table


def declared(case: dict[str, Any]) -> dict[str, list[str]]:
    """Properties of each variable, in symjac's words."""
    found: dict[str, list[str]] = {}
    for name, word, *other in case.get("assume", []):
        if word not in PROPERTIES:
            raise Unsupported(f"property {word}")
        spelled = " ".join((PROPERTIES[word], *map(escaped, other)))
        found.setdefault(name, []).append(spelled)
    for name, word in case.get("domain", {}).items():
        if word == "positive":
            found.setdefault(name, []).append("positive")
    return found


def program(case: dict[str, Any], translate: Translator) -> Program:
    lines = [f"dim {name} = {size}" for name, size in (case.get("dims") or {}).items()]
    words = declared(case)
    for name, sizes in case["vars"].items():
        shape = ", ".join(map(str, sizes))
        lines.append(f"{escaped(name)}: ({shape}) {' '.join(words.get(name, []))}")
    for name, text in case.get("let") or []:
        lines.append(f"{escaped(name)} = {translate.show(expression(text))}")
    lines.append(f"out_ = {translate.show(expression(case['expr']))}")
    return symjac.parse("\n".join(lines))


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def judge(case: dict[str, Any]) -> tuple[str, str]:
    """The outcomes in both layouts; `reject` for an ill-typed claim."""
    translate = Translator(functions(case))
    source = program(case, translate)
    wrt = escaped(case["wrt"])
    if case.get("wrt_as") == "vec":
        wrt = f"vec({wrt})"
    if not case.get("claim"):
        raise Unsupported("index claim")
    jacobian = symjac.derive(source, "out_", wrt)
    try:
        claim = translate.show(expression(case["claim"]))
        verdicts = symjac.check(source, "out_", wrt, claim=claim)
    except UnsupportedError:
        raise
    except (SyntaxError, SymjacError) as error:
        if case["truth"]["expect"] == "verdict" and not isinstance(error, SyntaxError):
            raise
        return "reject", "reject"
    assert jacobian.terms is not None
    check_judgement(verdicts)
    left, right = (v.outcome for v in verdicts.verdicts.values())
    return left.value, right.value


def is_wrong(outcome: str, truth: bool | None) -> bool:
    if truth is None:
        return False
    forbidden: str = (Outcome.REFUTED if truth else Outcome.PROVED).value
    return outcome == forbidden


@pytest.mark.skipif(not CLAIMS.is_file(), reason=f"{CLAIMS} is not there")
def test_no_supported_published_claim_gets_a_wrong_verdict() -> None:
    cases = json.loads(CLAIMS.read_text("utf-8"))["cases"]
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, ...]] = []
    for case in cases:
        try:
            found = judge(case)
        except (UnsupportedError, Unsupported) as error:
            counts[f"unsupported: {type(error).__name__}"] += 1
            continue
        counts["supported"] += 1
        truth = case["truth"]
        if truth["expect"] == "reject":
            counts["rejected"] += found[0] == "reject"
            if found[0] != "reject":
                wrong.append((case["id"], *found))
            continue
        counts["undecided"] += "undecided" in found
        for layout, outcome in zip(("numerator", "denominator"), found, strict=True):
            if is_wrong(outcome, truth.get(layout)):
                wrong.append((case["id"], layout, outcome))
    print(dict(counts))
    assert not wrong
    assert counts["supported"] >= LEAST_SUPPORTED
    assert counts["undecided"] <= 0.02 * counts["supported"]


def test_the_adapter_notices_a_wrong_verdict() -> None:
    assert is_wrong("proved", truth=False)
    assert is_wrong("refuted", truth=True)
    assert not is_wrong("undecided", truth=True)
