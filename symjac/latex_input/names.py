r"""What names mean: symjac's spelling, time or label, quantity or function.

Two printed names never become one: `x` and `\mathbf{x}`, or `W_1` and `W^{(1)}`, in one
text are an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from symjac.errors import ParseError, Span
from symjac.language.scope import kind_by_name
from symjac.latex_input import tree
from symjac.latex_input.evidence import Evidence, Key, is_operated, key
from symjac.latex_input.spelling import Spelling, base_text
from symjac.latex_input.steps import Steps
from symjac.latex_input.vocabulary import GENERIC, GREEK, known_word
from symjac.library.operations import NUMBERS
from symjac.terms.program import Program
from symjac.terms.shape import Kind

COUNTERS = frozenset({"i", "j", "k", "l", "m", "n", "pi"})
LETTERS = frozenset(GREEK.values())


@dataclass(frozen=True, slots=True)
class Reference:
    """A quantity: its text with the step in brackets, without it, and its kind.

    `is_assumed` if nothing but the letter says that it is a number or a vector.
    """

    text: str
    name: str
    kind: Kind
    is_assumed: bool = False


class Names(Spelling):
    """The names of one text, over a program or over declared shapes."""

    def __init__(
        self,
        steps: Steps,
        evidence: Evidence,
        shapes: Mapping[str, tuple[str | int, ...]],
        program: Program | None,
        functions: Iterable[str],
    ) -> None:
        super().__init__(steps, evidence, program)
        self.shapes = dict(shapes)
        self.kinds = {name: _declared(sizes) for name, sizes in shapes.items()}
        self.functions = set(functions)
        self.of_matrices: set[str] = set()
        self.spelled: dict[str, tuple[Key, Span]] = {}
        self.sizes = {s for sizes in shapes.values() for s in sizes}
        self.declared = set(self.kinds)
        if program is not None:
            self.sizes |= program.dimensions
            self.know(program)

    def know(self, program: Program) -> None:
        """Enter the names of a program, or of a text beside this one."""
        found = program.quantities
        self.kinds |= {name: meaning.shape.kind for name, meaning in found.items()}
        self.timed |= {name for name, meaning in found.items() if meaning.timed}
        self.functions |= set(program.functions)
        self.declared |= set(found)

    def reference(self, name: tree.Name) -> Reference:
        """The quantity that a name means.

        Raises:
            ParseError: a function, a word, or another name with the same spelling.
        """
        self._check_word(name)
        text, step = self.split(name)
        self._check_spelling(name, text)
        if text in self.functions:
            self.fail_function(name, text)
        if text == "t" and text not in self.declared and name.style != "bold":
            hint = "write _t for a step, or declare t"
            raise ParseError("t may be time", name.span, hint=hint)
        kind = self._kind(name, text)
        if step is None:
            assumed = text not in self.declared and name.style != "bold"
            return Reference(text, text, kind, assumed)
        if step.mark is tree.Mark.DIGITS:
            return Reference(f"{text}[{step.text}]", text, kind)
        return Reference(text + self.steps.text(step), text, kind)

    def fail_function(self, name: tree.Name, text: str) -> None:
        """A function stands where a quantity should."""
        hint = f"write {name.span.text}(...)"
        raise ParseError(f"{text} is a function without brackets", name.span, hint=hint)

    def _check_word(self, name: tree.Name) -> None:
        text = base_text(name)
        if _is_word(name):
            self.fail_function(name, name.base)
        if text in self.declared or len(name.base) < 2 or name.base in LETTERS:
            return
        labeled = any(text == n.split("_")[0] for n in self.declared)
        if name.style == "bold" and not labeled:
            raise ParseError(
                f"{name.base} in bold may be one name or a product",
                name.span,
                hint=f"declare the shape of {name.base}, or write one letter each",
            )
        if name.style == "text" and not labeled:
            raise ParseError(f"the word {name.base} is not understood", name.span)

    def _check_spelling(self, name: tree.Name, text: str) -> None:
        printed = self._printed(name, text)
        before = self.spelled.setdefault(text, (printed, name.span))
        if before[0] != printed:
            raise ParseError(
                f"{name.span.text} and {before[1].text} would both be {text}",
                name.span,
                hint="print them alike if they are the same, or rename one",
            )
        if name.base == "e" and ("e",) in self.evidence.primed and text == "e":
            raise ParseError(
                "e is a quantity here and a base of powers elsewhere",
                name.span,
                hint=r"write \exp(...)",
            )

    def _printed(self, name: tree.Name, text: str) -> Key:
        """What tells printed names apart: style, and where its labels stand."""
        where = [
            f"{place}{script.around}"
            for place, scripts in (("_", name.below), ("^", name.above))
            for script in scripts
            if not (script.mark is tree.Mark.STEP and script.text in self.steps.letters)
            and not (
                script.mark is tree.Mark.DIGITS
                and self.has_steps(name, text)
                and not self.steps_on(name)
            )
        ]
        style = "upright" if name.style == "text" else name.style
        variant = "var" if name.span.text.startswith(r"\var") else ""
        return (name.base, style, variant, *where)

    def _kind(self, name: tree.Name, text: str) -> Kind:
        known = self.kinds.get(text)
        if known is not None:
            return known
        if name.style == "upright" and text in NUMBERS:
            return Kind.SCALAR
        kind = kind_by_name(text)
        self._check_number(name, text)
        if kind is Kind.SCALAR and name.base[0].isupper():
            raise ParseError(
                f"{text} may be a number or a matrix",
                name.span,
                hint=f"declare the shape of {text}",
            )
        if name.style == "bold" and kind is Kind.SCALAR:
            raise ParseError(
                f"{text} in bold is no number, but its shape is not known",
                name.span,
                hint=f"declare the shape of {text}",
            )
        if self.program is not None:
            known_names = ", ".join(sorted({*self.declared, *self.functions}))
            raise ParseError(f"unknown name {text}", name.span, known=known_names)
        self.kinds[text] = kind
        return kind

    def _check_number(self, name: tree.Name, text: str) -> None:
        """Refuse letters that are mostly counters, dimensions or constants."""
        if name.base == "e" and name.below and name.below[0].mark is tree.Mark.DIGITS:
            hint = f"declare the shape of {text}"
            message = f"{name.span.text} may be a unit vector"
            raise ParseError(message, name.span, hint=hint)
        is_plain = not (name.below or name.above or name.accents)
        if is_plain and name.style != "bold" and text in COUNTERS:
            what, hint = "a number", ""
            if text in NUMBERS:
                what, hint = "the number", rf"write \mathrm{{\{text}}} for it, or "
            raise ParseError(
                f"{name.span.text} may be {what}",
                name.span,
                hint=f"{hint}declare it, such as {text}: (n) or {text}: ()",
            )

    def declare(self, text: str, sizes: tuple[str | int, ...], at: Span) -> None:
        """Enter a declaration in the text."""
        if text in self.kinds:
            raise ParseError(f"{text} is declared twice or after its use", at)
        self.kinds[text] = _declared(sizes)
        self.shapes[text] = sizes
        self.declared.add(text)
        self.sizes |= set(sizes)

    def powers(self, name: tree.Name) -> set[Fraction]:
        """The different powers of a name that never stands without one."""
        if key(name) in self.evidence.plain or base_text(name) in self.declared:
            return set()
        return self.evidence.powers.get(key(name), set())

    def is_function(self, name: tree.Name) -> bool:
        """Whether a name is a function wherever it stands."""
        if _is_word(name):
            return True
        if not self.functions or name.base not in {
            f[: len(name.base)] for f in self.functions
        }:
            return False
        text, step = self.split(name)
        return step is None and text in self.functions

    def is_letter(self, node: tree.Node) -> bool:
        """Whether a node is a letter of functions, and nothing says that it is none."""
        if not isinstance(node, tree.Name) or not _is_generic(node):
            return False
        text, step = self.split(node)
        return step is None and text not in self.declared

    def calls(self, name: tree.Name, above: tuple[tree.Script, ...]) -> bool:
        """Whether a name before a bracket is a function; else it is a factor."""
        primed = any(script.mark is tree.Mark.PRIME for script in above)
        if _is_word(name):
            return True
        text, step = self.split(name)
        self._check_order(name, text)
        if text in self.functions:
            return True
        if primed:
            return self._primed(name, text)
        is_used = is_operated(above) or key(name) in self.evidence.alone
        if step is not None and _is_generic(name) and text not in self.declared:
            message = f"{name.span.text}(...) may be a function at a step"
            raise ParseError(message, name.span, hint=f"declare the shape of {text}")
        is_both = is_used and _is_generic(name) and not is_operated(above)
        if text in self.declared or step is not None or (is_used and not is_both):
            self._check_argument(name, text)
            return False
        if is_both:
            message = f"{text} stands with and without brackets"
            hint = f"declare the shape of {text}, or put brackets around its argument"
            raise ParseError(message, name.span, hint=hint)
        if key(name) in self.evidence.primed or _is_generic(name):
            return True
        message = f"{name.span.text}(...) may be a function or a product"
        hint = f"declare the shape of {text}, or say functions=('{text}',)"
        raise ParseError(message, name.span, hint=hint)

    def _check_argument(self, name: tree.Name, text: str) -> None:
        """Refuse `A(x)` beside `A`: brackets around one name are of a function."""
        is_sure = text in self.declared or name.style == "bold"
        if key(name) in self.evidence.before_name and not is_sure:
            hint = f"leave the brackets out, or declare the shape of {text}"
            message = f"{name.span.text}(...) may be a function or a product"
            raise ParseError(message, name.span, hint=hint)

    def _check_order(self, name: tree.Name, text: str) -> None:
        """Refuse `f^{(2)}(x)`: a second derivative, or the second f."""
        orders = [s for s in name.above if s.mark is tree.Mark.DIGITS]
        if orders and _is_generic(name) and text not in self.functions:
            raise ParseError(
                f"{name.span.text}(...) may be a derivative",
                name.span,
                hint=f"write {name.base}''(x), or {name.base}_{orders[0].text}(x)",
            )

    def _primed(self, name: tree.Name, text: str) -> bool:
        if not _is_generic(name) and text not in self.functions:
            hint = f"write ^T, or say functions=('{text}',)"
            raise ParseError(
                f"a prime on {name.span.text}: a transpose or a derivative?",
                name.span,
                hint=hint,
            )
        if text in self.declared or key(name) in self.evidence.alone:
            raise ParseError(
                f"a prime on {text}, which is no function",
                name.span,
                hint="write ^T for a transpose",
            )
        return True

    def function(self, name: tree.Name) -> str:
        """A function's name in symjac's language."""
        known = known_word(name.base)
        if _is_word(name) and known:
            if name.accents or name.below or name.above:
                raise ParseError(f"{name.base} with a subscript", name.span)
            return known
        text, step = self.split(name)
        if step is not None or name.accents:
            raise ParseError("a function has no time step or accent", name.span)
        if text not in self.functions and len(name.base) > 1 and not _is_generic(name):
            raise ParseError(
                f"{name.base} is not a known function",
                name.span,
                hint=f"say functions=('{text}',) if it acts on each component",
            )
        self._check_spelling(replace(name, style=""), text)
        return text


def _is_generic(name: tree.Name) -> bool:
    return name.base in GENERIC and not name.accents and name.style != "bold"


def _is_word(name: tree.Name) -> bool:
    r"""Whether a name is a word of the tables, such as `\tanh` or `\mathrm{diag}`."""
    is_upright = name.style in ("upright", "text")
    return name.style == "command" or (is_upright and bool(known_word(name.base)))


def _declared(sizes: tuple[str | int, ...]) -> Kind:
    if len(sizes) == 2 and sizes[0] == 1 != sizes[1]:
        return Kind.ROW
    return (Kind.SCALAR, Kind.COLUMN, Kind.MATRIX)[min(len(sizes), 2)]
