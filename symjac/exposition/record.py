"""A proof as JSON: every definition, index, step, matrix form, verdict and example.

Formulas are pairs of `text`, in symjac's language, and `latex`. `schema.json` beside
this file describes the whole, docs/json.md explains it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from symjac.catalog.paper import Claim, Paper, Sibling
from symjac.claims.adjudicate import Verdict, derived_formula
from symjac.claims.counterexample import Counterexample
from symjac.exposition.case import Facts, Judged
from symjac.exposition.commands import variable_text
from symjac.jacobian import Formula, Jacobian
from symjac.rewrite.rule import Derivation
from symjac.terms import index as ix
from symjac.terms import matrix as m
from symjac.terms.program import Program
from symjac.terms.shape import Layout
from symjac.typeset import latex, text

SCHEMA = Path(__file__).parent / "schema.json"
Record = dict[str, Any]


def record(case: Facts) -> str:
    """The JSON text of a paper's proof, for which `schema.json` holds."""
    return json.dumps(case_record(case), indent=2, ensure_ascii=False) + "\n"


def case_record(case: Facts) -> Record:
    """A paper's proof as JSON values."""
    paper = case.paper
    judged = zip(paper.claims, (case.main, *case.others), strict=True)
    return {
        "schema": "symjac-proof-1",
        "key": paper.key,
        "question": paper.question,
        "citation": _citation(paper),
        "equations": {
            "label": paper.equations.label,
            "text": paper.equations.text,
            "printed": paper.equations.printed,
        },
        "derivation": jacobian_record(case.jacobian),
        "claims": [_claim(claim, found) for claim, found in judged],
        "variants": [
            {"label": label, **_judged(found)} for label, found in case.variants
        ],
        "siblings": [
            _sibling(one.sibling, one.jacobian, one.printed, one.moved)
            for one in case.siblings
        ],
        "quoted": [{"label": q.label, "printed": q.printed} for q in paper.quoted],
    }


def _citation(paper: Paper) -> Record:
    return {
        "title": paper.title,
        "authors": list(paper.authors),
        "year": paper.year,
        "venue": paper.venue,
        "arxiv": paper.arxiv,
        "url": paper.url,
        "versions": list(paper.versions),
    }


def _claim(claim: Claim, found: Judged) -> Record:
    stated = {"label": claim.label, "of": claim.of, "wrt": claim.wrt}
    source = {"printed": claim.printed, "layout": claim.layout}
    return {**stated, "text": claim.formula, **source, **_judged(found)}


def _judged(found: Judged) -> Record:
    if found.judgement is None:
        return {"error": found.message, "formula": None, "verdicts": {}}
    verdicts = found.judgement.verdicts
    return {
        "error": None,
        "formula": _formula(found.judgement.claim),
        "verdicts": {name: verdict_record(one) for name, one in verdicts.items()},
    }


def _sibling(
    sibling: Sibling, jacobian: Jacobian, printed: Judged, moved: Judged
) -> Record:
    return {
        "label": sibling.label,
        "text": sibling.text,
        "derivation": jacobian_record(jacobian),
        "as_printed": _judged(printed),
        "moved": _judged(moved),
    }


def verdict_record(verdict: Verdict) -> Record:
    """What was found about a claim in one layout."""
    condition, example = verdict.holds_iff, verdict.counterexample
    return {
        "verdict": verdict.outcome.value,
        "reason": verdict.reason,
        "derived": _formula(verdict.derived),
        "holds_iff": None if condition is None else str(condition),
        "hypotheses": list(verdict.hypotheses),
        "counterexample": None if example is None else example_record(example),
        "points": verdict.points,
    }


def example_record(example: Counterexample) -> Record:
    """A point at which two formulas differ, and the two numbers."""
    return {
        "dimensions": example.dimensions,
        "values": example.values | example.functions,
        "entry": list(example.entry),
        "derived": example.derived,
        "claimed": example.claimed,
    }


def jacobian_record(jacobian: Jacobian) -> Record:
    """A derivative: what is given, each local derivation, the result in each form."""
    matrix = {
        layout.value: _formula(derived_formula(jacobian, layout)) for layout in Layout
    }
    return {
        "of": _symbol(jacobian.of),
        "wrt": {**_symbol(jacobian.wrt), "asked": variable_text(jacobian)},
        "symbols": _symbols(jacobian.program),
        "definitions": [
            {"symbol": _symbol(one.symbol), "body": _matrix(one.body)}
            for one in jacobian.program.definitions
        ],
        "held": [_symbol(one) for one in jacobian.held],
        "indices": _indices(jacobian.free),
        "first": None if jacobian.first is None else jacobian_record(jacobian.first),
        "local": [derivation_record(one) for one in jacobian.derivations],
        "component": _terms(jacobian.terms),
        "lifted": _lifted(jacobian, matrix),
        "matrix": matrix,
    }


def _lifted(jacobian: Jacobian, matrix: Mapping[str, Record | None]) -> Record | None:
    if matrix[Layout.NUMERATOR.value] is None:
        return None
    return derivation_record(jacobian.lifted(layout=Layout.NUMERATOR).derivation)


def derivation_record(derivation: Derivation) -> Record:
    """A chain of steps: each with its rule, the rule's source, and both forms."""
    return {
        "title": derivation.title,
        "subject": _terms(derivation.subject) if derivation.subject else None,
        "start": _terms(derivation.start),
        "steps": [
            {
                "rule": step.rule.name,
                "title": step.rule.title,
                "source": step.rule.source,
                "path": list(step.path),
                "before": _terms(step.before),
                "after": _terms(step.after),
            }
            for step in derivation.steps
        ],
        "result": _terms(derivation.result),
    }


def _terms(terms: ix.Terms) -> Record:
    return {"text": text.terms_text(terms), "latex": latex.terms_latex(terms)}


def _matrix(expr: m.MatrixExpr) -> Record:
    return {"text": text.matrix_text(expr), "latex": latex.matrix_latex(expr)}


def _formula(formula: Formula | None) -> Record | None:
    return None if formula is None else _matrix(formula.expr)


def _symbol(symbol: m.Symbol) -> Record:
    return {"text": str(symbol), "latex": latex.symbol_latex(symbol)}


def _indices(indices: Iterable[ix.Index]) -> list[Record]:
    return [
        {"name": one.name, "latex": latex.index_latex(one), "dim": str(one.dim)}
        for one in indices
    ]


def _symbols(program: Program) -> list[Record]:
    """Quantities by name, with kind and dimensions."""
    return [
        {"name": name, "kind": shape.kind.value, "dims": [str(d) for d in shape.dims]}
        for name in dict.fromkeys(symbol.name for symbol in program.symbols)
        for shape in (program.shape(name),)
    ]
