"""Nodes keep their hash to themselves: equality, copies and pickles do not see it."""

import copy
import pickle

from symjac.terms.index import ONE, Entry, Index, Term
from symjac.terms.matrix import Add, MatMul, MatrixExpr, Symbol, Transpose, symbols
from symjac.terms.shape import matrix

_A, _B = Symbol("A", matrix("n", "n")), Symbol("B", matrix("n", "n"))


def _sum() -> Add:
    return Add((Transpose(_A), _B))


def test_equal_nodes_have_one_hash_also_after_a_copy_and_a_pickle() -> None:
    one = _sum()
    for other in (_sum(), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert other == one
        assert hash(other) == hash(one)
    assert hash(Transpose(_A)) != hash(Transpose(_B))


def test_a_pickle_of_a_hashed_node_does_not_carry_the_hash() -> None:
    fresh, hashed = _sum(), _sum()
    hash(hashed)
    assert pickle.dumps(fresh) == pickle.dumps(hashed)


def test_the_hash_of_an_index_form_follows_its_parts() -> None:
    at = (Index("j", "n"), Index("k", "n"))
    terms = [Term(ONE, (Entry(matrix, at),)) for matrix in (_A, _B, _A)]
    assert hash(terms[0]) == hash(terms[2]) != hash(terms[1])
    assert symbols(_sum()) == (_A, _B)


def test_deep_formulas_compare_and_hash_without_recursion() -> None:
    def chain(count: int, last: Symbol) -> MatrixExpr:
        found: MatrixExpr = last
        for _ in range(count):
            found = MatMul(found, _A)
        return found

    one, same, other = chain(290, _A), chain(290, _A), chain(290, _B)
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert symbols(other) == (_B, _A)
