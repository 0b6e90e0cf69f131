"""Published claims: files, and verdicts by hand, by numbers and in the collection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symjac.catalog.published import (
    CLAIMS,
    PublishedClaim,
    claim_names,
    load_claim,
    read_claim,
)
from symjac.claims import adjudicate
from symjac.claims.adjudicate import extend, judge
from symjac.derive import derive
from symjac.errors import CatalogError, ClaimError, ShapeError, Source
from symjac.jacobian import Jacobian
from symjac.language.check import check
from symjac.terms.matrix import MatrixExpr, Symbol, symbols
from symjac.terms.shape import Kind, Layout
from tests.oracles import Array, Values, agree, complex_step, evaluate, forward
from tests.oracles import random_values as values_of

COLLECTION = Path(__file__).parents[3] / "shared" / "claims" / "claims.json"
SEEDS = (1, 2, 3)
TOLERANCE = 1e-8
RIGHT, WRONG, SHAPE, NONE = "proved", "refuted", "ill-typed", "malformed"
BY_HAND = {  # (case of the collection, numerator layout, denominator layout)
    "allisone_7_1": ("allisone-7.1", WRONG, RIGHT),
    "bilinear_4291445": ("se4291445-q", NONE, NONE),
    "clark_2": ("clark-2", RIGHT, SHAPE),
    "clark_5": (None, NONE, NONE),
    "clark_7": ("clark-7", SHAPE, RIGHT),
    "clark_dw": ("clark-net-W", SHAPE, RIGHT),
    "coursera_lstm_7": ("coursera-7", SHAPE, RIGHT),
    "coursera_lstm_8": ("coursera-8", SHAPE, WRONG),
    "coursera_lstm_9": ("coursera-9", SHAPE, WRONG),
    "coursera_lstm_10": ("coursera-10", SHAPE, WRONG),
    "cross_validated_551574": (None, RIGHT, SHAPE),
    "cs224n_2017_notes3_dw": ("cs224n3-dW", SHAPE, RIGHT),
    "cs224n_2017_notes3_tanh": ("cs224n3-tanh", RIGHT, RIGHT),
    "cs224n_2017_notes5": (None, WRONG, WRONG),
    "d2l_ax": ("d2l-Ax", SHAPE, RIGHT),
    "d2l_dh": ("d2l-rec", SHAPE, RIGHT),
    "d2l_dwhh": ("d2l-hh", WRONG, RIGHT),
    "d2l_dwhh_2020": ("d2l-hh-old", WRONG, WRONG),
    "gru_cross_validated_556070": ("gru-J-den", WRONG, RIGHT),
    "hadamard_2263539": ("se2263539-a", SHAPE, RIGHT),
    "han_bingtao_rnn": ("hanbt-row", RIGHT, SHAPE),
    "hessian_2143052": ("arq2143052-h", WRONG, WRONG),
    "inverse_2962819": ("se2962819-a", RIGHT, WRONG),
    "least_squares_answer": ("se2811811-a-row", RIGHT, SHAPE),
    "least_squares_question": ("se2811811-q1", NONE, NONE),
    "libnd4j_440": ("dl4j-softmax", WRONG, WRONG),
    "logdet_3439288": ("se3439288-a", SHAPE, RIGHT),
    "magnus_neudecker_axb": ("mn-vecAXB", RIGHT, SHAPE),
    "matrix_cookbook_59": ("mc-059", RIGHT, WRONG),
    "matrix_cookbook_62": ("mc-062", WRONG, RIGHT),
    "matrix_cookbook_72": ("mc-072", RIGHT, RIGHT),
    "matrix_cookbook_81": ("mc-081", SHAPE, RIGHT),
    "matrix_cookbook_82": ("mc-082", SHAPE, RIGHT),
    "matrix_cookbook_85": ("mc-085", SHAPE, RIGHT),
    "matrix_cookbook_118": ("mc-118", SHAPE, RIGHT),
    "matrix_cookbook_122": ("mc-122", WRONG, RIGHT),
    "matrix_cookbook_127": ("mc-127", SHAPE, WRONG),
    "min_char_rnn_dhnext": (None, SHAPE, RIGHT),
    "min_char_rnn_dwhh": (None, WRONG, RIGHT),
    "minka_xtx": ("minka-XTX", RIGHT, SHAPE),
    "mlcourse_a": ("mlcourse-A", NONE, NONE),
    "mml_5_104": ("mml-5.104", RIGHT, SHAPE),
    "mml_7_8_draft": ("mml-7.8", SHAPE, WRONG),
    "physicsforums_det": ("physicsforums-det", RIGHT, WRONG),
    "trace_2170842": ("se2170842-q", WRONG, WRONG),
    "trace_2790096": ("se2790096-a", WRONG, RIGHT),
    "trace_xbxta": ("se95518-q2", SHAPE, WRONG),
    "trace_xtaxb": ("se95518-q1", SHAPE, WRONG),
    "wildml_bptt": (None, WRONG, RIGHT),
}
WELL_FORMED = [name for name, row in BY_HAND.items() if row[1] != NONE]


@cache
def derived(name: str) -> tuple[PublishedClaim, Jacobian]:
    claim = load_claim(name)
    program = check(Source(name, claim.equations))
    return claim, derive(program, claim.of, claim.wrt)


def verdicts(name: str) -> tuple[str, str]:
    claim, jacobian = derived(name)
    try:
        found = judge(jacobian, adjudicate.read_claim(jacobian, claim.formula))
    except (ShapeError, ClaimError):
        return NONE, NONE
    first, second = (found[layout].outcome.value for layout in Layout)
    return first, second


def test_every_file_has_verdicts_by_hand() -> None:
    assert set(claim_names()) == set(BY_HAND)
    assert len(BY_HAND) >= 32
    one_sided = [r for r in BY_HAND.values() if (r[1], r[2]) != (RIGHT, RIGHT)]
    assert 3 * len(one_sided) >= len(BY_HAND)


@pytest.mark.parametrize("name", BY_HAND)
def test_the_verdict_is_the_one_by_hand(name: str) -> None:
    assert verdicts(name) == BY_HAND[name][1:]


@pytest.mark.skipif(not COLLECTION.is_file(), reason=f"{COLLECTION} is not there")
def test_the_verdicts_agree_with_the_collection() -> None:
    cases = json.loads(COLLECTION.read_text("utf-8"))["cases"]
    by_id: dict[str, Any] = {case["id"]: case for case in cases}
    for name, (key, *_) in BY_HAND.items():
        if key is None:
            continue
        case = by_id[key]
        claim = load_claim(name)
        found = verdicts(name)
        expected = case["truth"]["numerator"], case["truth"]["denominator"]
        assert tuple(word == RIGHT for word in found) == expected, name
        is_formed = case["truth"]["expect"] == "verdict"
        assert (found != (NONE, NONE)) == is_formed, name
        assert case["source"]["checked"] in {"text", claim.checked}, name


def definitions(jacobian: Jacobian, claim: MatrixExpr) -> list[tuple[Symbol, Any]]:
    """The author's definitions, each after those that it needs."""
    nodes = extend(jacobian.unfolding, claim).nodes.values()
    todo = {n.symbol: n.written for n in nodes if n.symbol != jacobian.wrt}
    done: list[tuple[Symbol, Any]] = []
    while todo:
        ready = [s for s in todo if not any(part in todo for part in symbols(todo[s]))]
        done += [(symbol, todo.pop(symbol)) for symbol in ready]
    return done


def points(names: list[tuple[Symbol, Any]], claim: MatrixExpr) -> Iterator[Values]:
    """Random values with the declared properties."""
    defined = {symbol for symbol, _ in names}
    used = [s for e in (*(body for _, body in names), claim) for s in symbols(e)]
    free = tuple(s for s in dict.fromkeys(used) if s not in defined)
    for seed in SEEDS:
        values = values_of(free, seed, signed=True)
        for symbol in free:
            array = values[str(symbol)]
            if symbol.symmetric:
                values[str(symbol)] = array + array.T
            if "one_hot" in symbol.properties:
                values[str(symbol)] = np.eye(array.size)[seed % array.size].reshape(
                    array.shape
                )
        yield values


def arranged(
    entries: Array, of: Array, wrt: Array, jacobian: Jacobian
) -> tuple[Array, Array]:
    """The derivative as a matrix in numerator and denominator layout, by definition."""
    if jacobian.vec:
        rows, columns = (
            np.arange(a.size).reshape(a.shape).ravel(order="F") for a in (of, wrt)
        )
        stacked = entries[rows][:, columns]
        return stacked, stacked.T
    if jacobian.wrt.shape.kind is Kind.MATRIX:
        return entries.reshape(wrt.shape).T, entries.reshape(wrt.shape)
    if jacobian.of.shape.kind is Kind.MATRIX:
        return entries.reshape(of.shape), entries.reshape(of.shape).T
    return entries, entries.T


def by_numbers(jacobian: Jacobian, claim: MatrixExpr) -> tuple[str, str]:
    """The verdicts as far as numbers tell them: complex steps at random points."""
    found: list[list[str]] = [[], []]
    names = definitions(jacobian, claim)
    for values in points(names, claim):
        entries = complex_step(names, jacobian.of, jacobian.wrt, values)
        known = forward(names, values)
        of, wrt = known[str(jacobian.of)], values[str(jacobian.wrt)]
        shown = np.asarray(evaluate(claim, known))
        for words, truth in zip(
            found, arranged(entries, of, wrt, jacobian), strict=True
        ):
            if truth.shape != shown.shape:
                words.append(SHAPE)
            else:
                words.append(RIGHT if agree(shown, truth, TOLERANCE) else WRONG)
    first, second = (WRONG if WRONG in words else words[0] for words in found)
    return first, second


@pytest.mark.parametrize("name", WELL_FORMED)
def test_numbers_give_the_same_verdicts(name: str) -> None:
    claim, jacobian = derived(name)
    expr = judge(jacobian, adjudicate.read_claim(jacobian, claim.formula)).claim.expr
    assert by_numbers(jacobian, expr) == BY_HAND[name][1:]


@pytest.mark.parametrize("name", ["matrix_cookbook_81", "clark_dw", "coursera_lstm_7"])
def test_numbers_notice_a_flipped_sign(name: str) -> None:
    claim, jacobian = derived(name)
    expr = judge(
        jacobian, adjudicate.read_claim(jacobian, f"-({claim.formula})")
    ).claim.expr
    assert RIGHT not in by_numbers(jacobian, expr)


@pytest.mark.parametrize("name", claim_names())
def test_a_file_is_complete(name: str) -> None:
    claim, jacobian = derived(name)
    program = jacobian.program
    used = {s.name for s in program.symbols} | set(program.functions)
    assert set(claim.symbols) == used
    for sentence in (claim.question, claim.layout_note, claim.note):
        assert sentence[-1] in ".?"
    assert claim.question.endswith("?")
    forbidden = {"wrong", "incorrect", "refuted", "proved", "mistake"}
    assert forbidden.isdisjoint(claim.note.lower().replace(".", " ").split())
    assert not claim.citation.venue.endswith(".")


GOOD = (CLAIMS / "matrix_cookbook_81.toml").read_text("utf-8")
BAD = [
    ('topic = "vectors"', 'topic = "poetry"', "topic must be one of", 1),
    ('layout = "denominator"', 'layout = "both"', "layout must be one of", 12),
    ('checked = "text"', 'checked = "hearsay"', "checked must be one of", 14),
    ("wrt =", "by =", "unknown key by", 9),
    ('venue = "Technical', 'publisher = "Technical', "citation.venue is missing", 17),
    ("year = 2012", 'year = "2012"', "citation.year must be an integer", 19),
    (r"\frac{", r"\input{", r"command \input is not allowed", 10),
    ('B = "constant matrix"', "B = 1", "symbols must be texts", 23),
]


@pytest.mark.parametrize(("old", "new", "message", "line"), BAD)
def test_a_mistake_in_a_file_is_told_with_its_line(
    old: str, new: str, message: str, line: int
) -> None:
    assert old in GOOD
    with pytest.raises(CatalogError, match=message.replace("\\", r"\\")) as caught:
        read_claim(Source("mine.toml", GOOD.replace(old, new, 1)), "mine")
    assert caught.value.span is not None
    assert caught.value.span.line == line


def test_a_name_that_no_page_can_have_is_refused() -> None:
    with pytest.raises(CatalogError, match="no name for a page"):
        read_claim(Source("x.toml", GOOD), "../x")


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(CatalogError, match="no claim 'matrix_cookbok_81'") as caught:
        load_claim("matrix_cookbok_81")
    assert "matrix_cookbook_81" in (caught.value.hint or "")
