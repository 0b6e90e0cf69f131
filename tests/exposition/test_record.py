"""A proof as JSON: it holds to its schema, and what it says can be derived again."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest

import symjac
from symjac.catalog.paper import names
from symjac.exposition.record import SCHEMA

CHECKER = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


@pytest.fixture(scope="module", params=names())
def found(request: pytest.FixtureRequest) -> Any:
    return json.loads(symjac.prove(request.param).render("json"))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(CHECKER.schema)


def test_every_proof_holds_to_the_schema(found: Any) -> None:
    assert [error.message for error in CHECKER.iter_errors(found)] == []


@pytest.mark.parametrize(
    "path",
    [
        ("derivation", "local", 0, "steps", 0, "rule"),
        ("derivation", "matrix", "numerator"),
        ("claims", 0, "verdicts", "numerator", "verdict"),
        ("citation", "year"),
    ],
)
def test_the_schema_notices_what_is_missing_or_of_another_kind(
    path: tuple[str | int, ...],
) -> None:
    whole = json.loads(symjac.prove("pascanu2013").render("json"))
    for change in ("missing", "other"):
        broken = copy.deepcopy(whole)
        place: Any = broken
        for key in path[:-1]:
            place = place[key]
        if change == "missing":
            del place[path[-1]]
        else:
            place[path[-1]] = {"nothing": "like it"}
        assert not CHECKER.is_valid(broken), change


def test_each_step_begins_where_the_one_before_ended(found: Any) -> None:
    every = [*found["derivation"]["local"], found["derivation"]["lifted"]]
    for sibling in found["siblings"]:
        every += sibling["derivation"]["local"]
    for derivation in every:
        forms = [derivation["start"], *(s["after"] for s in derivation["steps"])]
        assert [step["before"] for step in derivation["steps"]] == forms[:-1]
        assert derivation["result"] == forms[-1]
        assert all(step["source"] for step in derivation["steps"])


def test_matrix_forms_and_verdicts_are_those_of_a_new_derivation(found: Any) -> None:
    program = symjac.parse(found["equations"]["text"])
    of, wrt = (found["derivation"][end]["text"] for end in ("of", "wrt"))
    for layout, formula in found["derivation"]["matrix"].items():
        judged = symjac.check(program, of, wrt, claim=formula["text"])
        assert judged[layout].outcome.value == "proved"
    for claim in found["claims"]:
        if claim["error"] is None:
            judged = symjac.check(
                program, claim["of"], claim["wrt"], claim=claim["text"]
            )
            for layout, verdict in claim["verdicts"].items():
                assert judged[layout].outcome.value == verdict["verdict"]


def test_the_counterexample_of_equation_5_is_the_one_worked_out_by_hand() -> None:
    """W = [[1, 2], [3, 4]]: entry (1, 2) is W_12 sigma'(x_2), not W_21 sigma'(x_1)."""
    whole = json.loads(symjac.prove("pascanu2013").render("json"))
    example = whole["claims"][0]["verdicts"]["numerator"]["counterexample"]
    (w11, w12), (w21, w22) = example["values"]["W"]
    first, second = example["values"]["x[t-1]"]
    slope = {x: int(example["values"][f"sigma'({x})"]) for x in (first, second)}
    truth = {(1, 1): w11 * slope[first], (1, 2): w12 * slope[second]}
    truth |= {(2, 1): w21 * slope[first], (2, 2): w22 * slope[second]}
    claimed = {(1, 1): w11 * slope[first], (1, 2): w21 * slope[second]}
    claimed |= {(2, 1): w12 * slope[first], (2, 2): w22 * slope[second]}
    entry = tuple(example["entry"])
    assert int(example["derived"]) == truth[entry]
    assert int(example["claimed"]) == claimed[entry]


@pytest.mark.parametrize("key", names())
def test_a_claim_that_is_not_well_formed_has_its_message(key: str) -> None:
    whole = json.loads(symjac.prove(key).render("json"))
    for claim in whole["claims"]:
        assert (claim["error"] is None) == bool(claim["verdicts"])
