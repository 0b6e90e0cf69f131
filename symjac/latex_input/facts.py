r"""What a whole text shows of its names, before any of them gets a kind.

Which letters are component or sample indices; which names are bold, transposed, or
stand with one or two indices; which lower-case letters are entries of a matrix.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from symjac.errors import ParseError
from symjac.latex_input import tree
from symjac.latex_input.loose import big_letters, big_top, script_letters
from symjac.latex_input.spelling import TRANSPOSES, base_text


@dataclass(slots=True)
class Facts:
    """What is known of the names of a text.

    `index` has the letters that are indices, `order` how many a name carries at most,
    `fixed` the letters that a claim holds fixed, such as the k of mu_k.
    """

    index: set[str] = field(default_factory=set)
    fixed: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)
    bold: set[str] = field(default_factory=set)
    turned: set[str] = field(default_factory=set)
    stacked: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    has_matrices: bool = False
    tops: set[str] = field(default_factory=set)

    def spelled(self, name: tree.Name) -> tuple[str, str, bool]:
        """Name, the index letters on it, and whether a mark above is a transpose."""
        text, letters, turned = base_text(name), "", False
        for above, scripts in ((False, name.below), (True, name.above)):
            for script in scripts:
                found = script_letters(script)
                if above and not script.around and script.text in TRANSPOSES:
                    turned = True
                elif found and set(found) & self.index:
                    labels = "".join(c for c in found if c not in self.index)
                    own = "".join(c for c in found if c in self.index)
                    is_sample = above and script.around
                    letters = own + letters if is_sample else letters + own
                    text += f"_{labels}" if labels else ""
                elif slice_of(script):
                    letters += slice_of(script)
                else:
                    text += f"_{self.label(script)}"
        if letters and name.base != "delta":
            text = self.aliases.get(text, text)
        return text, letters, turned

    def label(self, script: tree.Script) -> str:
        """A script as a part of a name: `k-1` becomes `km1`."""
        if script.mark is tree.Mark.OTHER:
            message = f"{script.span.text} is not understood here"
            raise ParseError(message, script.span)
        own = self.renamed.get(script.text, script.text)
        if not script.offset:
            return own
        return f"{own}{'p' if script.offset > 0 else 'm'}{abs(script.offset)}"


def slice_of(script: tree.Script) -> str:
    r"""`r.` for the row `X_{r\cdot}`, `.j` for a column; "" for anything else."""
    text = "".join(script.span.text.split()).replace(r"\cdot", ".").replace(":", ".")
    text = text.strip("{},").replace(",", "")
    is_slice = len(text) == 2 and "." in text and text.strip(".").islower()
    return text if is_slice else ""


def _all_names(nodes: Iterable[tree.Node]) -> list[tree.Name]:
    return [n for node in nodes for n in tree.walk(node) if isinstance(n, tree.Name)]


def _scripts(nodes: list[tree.Node]) -> list[tuple[str, tree.Script]]:
    """Every subscript with the letter it stands on."""
    found = []
    for node in (n for root in nodes for n in tree.walk(root)):
        if isinstance(node, tree.Name):
            found += [(node.base, s) for s in (*node.below, *node.above)]
        if isinstance(node, tree.Indexed):
            found += [("[", s) for s in node.below]
    return found


def find_facts(
    equations: list[tree.Node], claim: list[tree.Node], subject: tree.Derivative
) -> Facts:
    """What equations and a claim show together."""
    facts = Facts()
    nodes = [*equations, *claim]
    _find_letters(facts, nodes, claim, subject)
    _find_renamed(facts, equations, claim)
    for node in (n for root in nodes for n in tree.walk(root)):
        _see(facts, node)
    for root in (equations, claim):
        check_styles(facts, root)
    facts.bare = {t for t, o in _uses(facts, nodes) if not o}
    _find_aliases(facts, nodes)
    return facts


def check_styles(facts: Facts, nodes: list[tree.Node]) -> None:
    """Refuse a name in two styles, such as bold and plain, in one text.

    Raises:
        ParseError: both stand there, without indices.
    """
    styles: dict[str, tree.Name] = {}
    for name in _all_names(nodes):
        text, letters, _ = facts.spelled(name)
        first = styles.setdefault(text, name) if not letters else name
        if first.style != name.style:
            message = f"{name.span.text} and {first.span.text} would both be {text}"
            raise ParseError(message, name.span)


def _uses(facts: Facts, nodes: list[tree.Node]) -> list[tuple[str, str]]:
    return [facts.spelled(n)[:2] for n in _all_names(nodes)]


def _letters_on(node: tree.Node | None) -> str:
    """The letters below and above a name."""
    inner = tree.unwrapped(node)
    scripts = (*inner.below, *inner.above) if isinstance(inner, tree.Name) else ()
    return "".join(map(script_letters, scripts))


def _summed(nodes: list[tree.Node]) -> set[str]:
    bigs = (n for root in nodes for n in tree.walk(root) if isinstance(n, tree.Big))
    return {letter for big in bigs for letter in big_letters(big.index)}


def _find_letters(
    facts: Facts,
    nodes: list[tree.Node],
    claim: list[tree.Node],
    subject: tree.Derivative,
) -> None:
    """Which letters are indices: summed over, in pairs, or of a component."""
    scripts = _scripts(nodes)
    by, summed = _letters_on(subject.by), _summed(nodes)
    pairs = [{*script_letters(s)} for _, s in scripts if len(script_letters(s)) == 2]
    pairs += _apart(nodes)
    facts.index = set(summed)
    bigs = (n for root in nodes for n in tree.walk(root) if isinstance(n, tree.Big))
    facts.tops = {top for n in bigs if (top := big_top(n.index)) is not None}
    for base, script in scripts:
        facts.index |= set(slice_of(script)) - {"."}
        is_sure = base == "[" or (base == "delta" and len(script_letters(script)) == 2)
        facts.index |= set(script_letters(script)) if is_sure else set()
    if len(by) > 1:
        facts.index |= set(by)
    elif by and by in summed - _summed(claim[1:]) and _is_bold(subject.by):
        facts.fixed = {by}
    elif by and (by in summed or _is_component(nodes, subject, summed)):
        facts.index |= {by, *_letters_on(subject.of)}
    facts.index -= facts.fixed
    while grown := [
        p for p in pairs if p & facts.index and p - facts.index - facts.fixed
    ]:
        facts.index |= set[str]().union(*grown) - facts.fixed


def _is_bold(node: tree.Node | None) -> bool:
    inner = tree.unwrapped(node)
    return isinstance(inner, tree.Name) and inner.style == "bold"


def _is_component(
    nodes: list[tree.Node], subject: tree.Derivative, summed: set[str]
) -> bool:
    """Whether the variable stands elsewhere without its letter, or with another."""
    by, own = tree.unwrapped(subject.by), _letters_on(subject.by)
    of = _letters_on(subject.of)
    if len(of) == 1 and of != own:
        return True
    if not isinstance(by, tree.Name):
        return False
    same = [
        n for n in _all_names(nodes) if (n.base, n.accents) == (by.base, by.accents)
    ]
    others = [_letters_on(n) for n in same if _letters_on(n) != own]
    return any(not one or set(one) & summed for one in others)


def _apart(nodes: list[tree.Node]) -> list[set[str]]:
    """Letters in one subscript with a comma between them, as in X_{i,j}."""
    out = []
    for node in (n for root in nodes for n in tree.walk(root)):
        if isinstance(node, tree.Name | tree.Indexed):
            letters = [script_letters(s) for s in node.below]
            if len(letters) == 2 and all(len(one) == 1 for one in letters):
                out.append(set(letters))
    return out


def _find_renamed(
    facts: Facts, equations: list[tree.Node], claim: list[tree.Node]
) -> None:
    """A step that has one letter in the equations and another in the claim."""
    steps = []
    for nodes in (equations, claim):
        steps.append(
            {s.text for _, s in _scripts(nodes) if s.around == "(" and not s.offset}
            - facts.index
        )
    if len(steps[0]) == len(steps[1]) == 1 and steps[0] != steps[1]:
        facts.renamed = {next(iter(steps[1])): next(iter(steps[0]))}


def _see(facts: Facts, node: tree.Node) -> None:
    if isinstance(node, tree.Raised):
        _see_marks(facts, node)
    if isinstance(node, tree.Bars) and node.double:
        facts.has_matrices = True
    if isinstance(node, tree.Name):
        _see_name(facts, node)


def _see_marks(facts: Facts, node: tree.Raised) -> None:
    base = tree.unmarked(node)
    if isinstance(node, tree.Raised) and isinstance(base, tree.Name):
        marks = {script.mark for script in node.above}
        turning = marks & {
            tree.Mark.TRANSPOSE,
            tree.Mark.INVERSE_TRANSPOSE,
            tree.Mark.INVERSE,
        }
        text, letters, _ = facts.spelled(base)
        if turning:
            facts.turned.add(text)
            facts.has_matrices = True
            if letters:
                facts.stacked.add(text)


def _see_name(facts: Facts, node: tree.Name) -> None:
    text, letters, turned = facts.spelled(node)
    facts.order[text] = max(facts.order.get(text, 0), len(letters))
    if turned:
        facts.turned.add(text)
    if node.style == "bold":
        facts.bold.add(text)
        facts.has_matrices = True
        if letters:
            facts.stacked.add(text)
    is_word = node.style in ("upright", "text", "command")
    if node.base[0].isupper() and not is_word:
        facts.has_matrices = facts.has_matrices or len(letters) > 0


def _find_aliases(facts: Facts, nodes: list[tree.Node]) -> None:
    """Lower-case letters with indices are entries of the upper-case letter."""
    known = set(facts.order)
    for text in sorted(known):
        upper = text[0].upper() + text[1:]
        if text == upper or text in facts.bare or facts.order[text] == 0:
            continue
        if upper in known and not facts.order[upper]:
            facts.aliases[text] = upper
            facts.order[upper] = max(facts.order[upper], facts.order[text])
