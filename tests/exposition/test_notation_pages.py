"""Documents in other notations: what they say of it, that they build, whose words."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import symjac
from symjac import Notation
from symjac.catalog.paper import load
from symjac.catalog.published import claim_names
from symjac.cli import main
from symjac.diagnosis.slips import WORDS as EDITS
from symjac.document.document import prose
from symjac.document.language import TEMPLATES, languages, phrases, translated
from symjac.document.templates import markdown_inline
from symjac.errors import NotationError
from symjac.exposition.adhoc import derivation_page, judgement_page
from symjac.exposition.differential import differential_page
from symjac.exposition.gallery_pages import claim_page
from symjac.exposition.page import Proof
from symjac.library.operations import OPERATIONS
from symjac.library.properties import PROPERTIES, clause
from symjac.library.row import Domain
from symjac.typeset.notation import USUAL
from tests.calculus.test_differential import RULES as DIFFERENTIAL_RULES
from tests.exposition.test_adhoc import GRU, NEEDS_TEX, STEP, warnings_of
from tests.exposition.test_browser import NEEDS_BROWSER, dom_of
from tests.test_house import RULES

PAPER = "pascanu2013"
MANY = Notation(False, "subscript", "T", "circ", "inline", ("i", "j"))
PRIMED = Notation(True, "plain", "prime", "circ", "displayed", ("i", "j", "k"))
ENGLISH = tomllib.loads((TEMPLATES / "words" / "en.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def proof() -> Proof:
    return symjac.prove(PAPER)


def own_part(page: str) -> str:
    """A page without what is quoted from the source, in its own letters."""
    paper = load(PAPER)
    assert paper.bound is not None
    for said in (*paper.notation, *paper.remarks, *paper.bound.remarks):
        shown = markdown_inline(prose(said))
        assert shown in page
        page = page.replace(shown, "")
    quotes = [c.printed for c in paper.claims] + [one.printed for one in paper.quoted]
    for quote in quotes:
        assert str(quote) in page
        page = page.replace(str(quote), "")
    return page


def sections_of(page: str) -> dict[str, str]:
    parts = re.split(r"(?m)^## (.*)$", page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("chosen", [MANY, PRIMED])
def test_no_sign_of_the_default_notation_is_left_on_a_page(
    proof: Proof,
    chosen: Notation,
) -> None:
    page = own_part(proof.render("md", notation=chosen))
    for sign in (r"\top", r"\odot", "^{(t", "_{jk}"):
        assert sign in proof.render("md")
        assert sign not in page
    if not chosen.bold:
        assert {*re.findall(r"\\mathbf\{(\w+)\}", page)} <= {"0", "1"}
        assert r"\boldsymbol" not in page
    if chosen.fractions == "inline":
        assert r"\frac{\partial" not in page


@pytest.mark.parametrize(
    ("chosen", "said", "unsaid"),
    [
        (USUAL, ["Bold letters", "superscript in parentheses is a time"], ["prime"]),
        (
            MANY,
            [
                "printed in the letters of their entries",
                "stands first in a subscript",
                "`x_{t-1,j}`$ is component $`j`$ of $`x`$ at step $`t-1`",
                "`W^{T}`$ marks the transpose of $`W`$",
                r"`x \circ x`",
            ],
            ["Bold letters", "superscript in parentheses"],
        ),
        (
            PRIMED,
            [
                "Bold letters",
                "parentheses behind a name",
                r"`x_{j}(t-1)`$ is component $`j`$ of $`\mathbf{x}`$",
                "A prime behind a vector, a matrix or brackets marks the transpose",
            ],
            ["superscript in parentheses", "printed in the letters"],
        ),
    ],
)
def test_the_notation_section_describes_the_notation_in_use(
    proof: Proof,
    chosen: Notation,
    said: list[str],
    unsaid: list[str],
) -> None:
    section = sections_of(proof.render("md", notation=chosen))["Notation"]
    for part in said:
        assert part in section
    for part in unsaid:
        assert part not in section


def test_a_step_is_explained_where_the_variable_has_none() -> None:
    program = symjac.parse(f"{STEP}; y[t] = V @ x[t]")
    jacobian = symjac.derive(program, of="y[t]", wrt="V")
    page = derivation_page(jacobian, "md", notation=Notation(time="subscript"))
    assert "A time step stands first in a subscript" in sections_of(page)["Notation"]
    scalar = symjac.derive(symjac.parse("a: (); a[t] = 2 * a[t-1]"))
    page = derivation_page(scalar, "md", notation=Notation(time="subscript"))
    assert "part of a subscript is a time step" in sections_of(page)["Notation"]


def test_verdicts_and_text_stay_whatever_the_notation() -> None:
    found = symjac.prove(PAPER, notation=MANY)
    assert found.summary == symjac.prove(PAPER).summary
    assert found.render("json") == symjac.prove(PAPER).render("json")
    asked = ["check", STEP, "--claim", "W.T @ diag(sigma'(x[t-1]))"]
    plain = CliRunner().invoke(main, asked)
    other = CliRunner().invoke(main, [*asked, "--plain", "--indices", "i,m"])
    assert plain.exit_code == other.exit_code == 1
    assert plain.output == other.output
    steps = ["derive", STEP, "--steps"]
    other = CliRunner().invoke(main, [*steps, "--transpose", "prime"])
    assert other.output == CliRunner().invoke(main, steps).output


def test_the_command_on_a_page_makes_the_same_page_again() -> None:
    page = derivation_page(
        symjac.derive(symjac.parse(STEP)), "md", steps=True, notation=MANY
    )
    command = re.search(r"(?m)^symjac (derive .*)$", page)
    assert command
    again = CliRunner().invoke(main, [*shlex.split(command[1]), "--format", "md"])
    assert again.output.rstrip() == page.rstrip()


@pytest.mark.parametrize("chosen", [MANY, PRIMED])
@pytest.mark.parametrize("name", claim_names()[::6])
def test_pages_of_the_gallery_are_read_by_typst_in_every_notation(
    name: str, chosen: Notation
) -> None:
    usual, page = (claim_page(name, "typ", notation=n) for n in (USUAL, chosen))
    assert page.count("#heading[") == usual.count("#heading[") > 3
    assert page != usual


def test_a_page_of_the_gallery_is_a_pdf_too(tmp_path: Path) -> None:
    target = tmp_path / "page.pdf"
    arguments = ["gallery", claim_names()[0], "--format", "pdf", "--plain"]
    done = CliRunner().invoke(main, [*arguments, "--output", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_bytes().startswith(b"%PDF")


def test_unit_vectors_are_named_by_the_indices_as_printed() -> None:
    jacobian = symjac.derive(symjac.parse("Y = A @ X @ B"), wrt="X")
    page = derivation_page(jacobian, "md", notation=Notation(indices=tuple("abcd")))
    assert r"\frac{\partial \mathbf{Y}}{\partial X_{cd}}" in page
    assert r"\mathbf{A}\,\mathbf{e}_{c}\,\mathbf{e}_{d}^{\top}\,\mathbf{B}" in page


@NEEDS_TEX
@pytest.mark.parametrize("chosen", [MANY, PRIMED])
def test_the_founding_proof_builds_in_every_notation(
    proof: Proof,
    chosen: Notation,
    tmp_path: Path,
) -> None:
    assert warnings_of(proof.render("tex", notation=chosen), tmp_path) == []


@NEEDS_BROWSER
@pytest.mark.parametrize("chosen", [MANY, PRIMED])
def test_katex_typesets_the_founding_proof_in_every_notation(
    proof: Proof,
    chosen: Notation,
    tmp_path: Path,
) -> None:
    page = tmp_path / "page.html"
    page.write_text(proof.render("html", notation=chosen), "utf-8")
    dom = dom_of(page, tmp_path / "profile")
    assert "katex-error" not in dom
    assert dom.count('class="katex"') > 100


@pytest.mark.parametrize("chosen", [MANY, PRIMED])
def test_typst_reads_the_founding_proof_in_every_notation(
    proof: Proof,
    chosen: Notation,
) -> None:
    page = proof.render("typ", notation=chosen)
    assert r"\circ" not in page
    assert "network(" in page


def marked(phrase: str) -> str:
    """A phrase without a letter of its own: blanks and mathematics stay."""
    pieces = re.split(r"(\$[^$]*\$|\{\w+\})", phrase)
    return "".join(
        piece if piece[:1] in ("$", "{") else re.sub("[A-Za-z]", "ø", piece)
        for piece in pieces
    )


def written_to(folder: Path, words: dict[str, str]) -> str:
    path = folder / "own.toml"
    lines = (f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in words.items())
    path.write_text("\n".join(lines), "utf-8")
    return str(path)


def english_left(page: str) -> set[str]:
    """Words that stand outside mathematics and commands, or beside lines."""
    page = re.sub(r"(?s)```sh.*?```|<!--.*?-->|\$`.*?`\$", "", page)
    reasons = re.findall(r"\\text\{([^{}]*)\}", page)
    outside = re.sub(r"(?s)```math.*?```", "", page)
    return {*re.findall("[A-Za-z]{2,}", " ".join((outside, *reasons)))}


def pages_in(language: str) -> dict[str, str]:
    chosen = Notation(language=language)
    recurrent = symjac.parse(
        "S: (n, n) symmetric\nx[t] = relu(S @ sigma(x[t-1]) / norm2(b)) + b"
    )
    judged = symjac.check(recurrent, claim="S @ diag(sigma'(x[t]))")
    third = symjac.derive(symjac.parse("Y = A @ X @ B"), wrt="X")
    scalar = symjac.derive(symjac.parse("z = B @ x; y = z.T @ A @ z"), wrt="x")
    styled = symjac.differential(scalar)
    gates = symjac.derive(symjac.parse(GRU))
    return {
        "judged": judgement_page(
            judged, "md", symjac.diagnose(judged), notation=chosen
        ),
        "third": derivation_page(third, "md", steps=True, notation=chosen),
        "gates": derivation_page(gates, "md", notation=chosen),
        "style": differential_page(styled, list(symjac.Layout), "md", notation=chosen),
    }


NAMES = {"sigma", "relu", "norm", "symmetric"}  # of the equations


def test_every_word_of_a_page_comes_from_the_file_of_its_language(
    tmp_path: Path,
) -> None:
    path = written_to(tmp_path, {k: marked(v) for k, v in ENGLISH.items()})
    for name, page in pages_in(path).items():
        assert english_left(page) <= NAMES, name
    assert all(len(english_left(page)) > 40 for page in pages_in("en").values())


def test_what_a_paper_s_file_says_is_all_that_is_not_translated(
    tmp_path: Path,
) -> None:
    path = written_to(tmp_path, {k: marked(v) for k, v in ENGLISH.items()})
    source = Path(symjac.__file__).parent / "catalog" / f"{PAPER}.toml"
    said = source.read_text("utf-8")
    page = symjac.prove(PAPER, notation=Notation(language=path)).render("md")
    page = re.sub("(?m)^.*: symjac prove .*$", "", page)
    left = {word.lower() for word in english_left(page)}
    known = {word.lower() for word in re.findall("[A-Za-z]{2,}", said)}
    assert left <= known | {"arxiv", "svg", "md", "network"}
    assert "øøø" in page


def test_a_page_in_another_language_says_so(tmp_path: Path) -> None:
    path = written_to(tmp_path, {**ENGLISH, "language_code": "da"})
    page = symjac.prove(PAPER, notation=Notation(language=path)).render("html")
    assert '<html lang="da">' in page


def test_an_unknown_language_is_an_error_that_lists_the_known_ones() -> None:
    found = CliRunner().invoke(main, ["prove", PAPER, "--language", "xx"])
    assert found.exit_code == 2
    assert "no words of the language 'xx'" in found.output
    assert f"languages are {', '.join(languages())}" in found.output


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"footer": None, "title": None}, "no phrase for: title, footer"),
        ({"colour": "x"}, "phrases that nothing asks for: colour"),
        ({"title": "{label} {day}"}, "English phrase has not, in: title"),
        ({"title": "{label.__class__}"}, "not every format can show, in: title"),
        ({"footer": r"\input x"}, "not every format can show, in: footer"),
        ({"footer": "$x$"}, "not every format can show, in: footer"),
        (
            {"sums_truncated": r"$\input{x}$"},
            "not every format can show, in: sums_truncated",
        ),
        ({"sums_truncated": "a $x"}, "can show, in: sums_truncated"),
    ],
)
def test_words_that_are_not_complete_or_not_safe_are_refused(
    change: dict[str, str | None], message: str, tmp_path: Path
) -> None:
    kept = {k: v for k, v in (ENGLISH | change).items() if v is not None}
    with pytest.raises(NotationError) as error:
        phrases(written_to(tmp_path, kept))
    assert message in str(error.value)


def test_a_file_that_is_no_file_of_words_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("title = ", "utf-8")
    for path, message in (
        (str(tmp_path / "none.toml"), "cannot read"),
        (str(broken), "is not TOML"),
        (written_to(tmp_path, {"title": 3}), "not a phrase: title"),  # type: ignore[dict-item]
    ):
        with pytest.raises(NotationError, match=message):
            phrases(path)


def test_the_words_know_everything_that_the_engine_says() -> None:
    words = phrases("en")
    assert phrases(str(TEMPLATES / "words" / "en.toml")) == words
    said = {phrase for key, phrase in words.items() if key.startswith("engine_")}
    titles = {rule.title for rule in RULES}
    titles |= {rule.title for rule in DIFFERENTIAL_RULES}
    assert titles <= said
    assert {row.needs for row in OPERATIONS.values() if row.needs} <= said
    for text in [clause(name) for name in PROPERTIES]:
        assert text in said
        assert f"{{name}} {text}" in said
    for domain in Domain:
        if domain is not Domain.REAL:
            assert f"arguments of {{function}} are {domain.value}" in said
    for kind, text in EDITS.items():
        # documents put the formula that is right below these
        is_own = "as printed" in words[f"edit_{kind}"] or kind == "argument_of"
        assert is_own or words[f"edit_{kind}"] == text


def test_a_sentence_of_the_engine_keeps_the_names_in_it(tmp_path: Path) -> None:
    changed = {
        "engine_kink": "{function} nie an der Stelle 0",
        "engine_held": "fest: {symbol}",
    }
    own = phrases(written_to(tmp_path, ENGLISH | changed))
    assert translated("no argument of relu is 0", own) == "relu nie an der Stelle 0"
    assert translated("h[t-1] is held fixed", own) == "fest: h[t-1]"
    assert translated("something else", own) == "something else"
