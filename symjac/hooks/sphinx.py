"""Sphinx extension `symjac.hooks.sphinx`: directives and roles of the domain `symjac`.

    .. symjac:derive::
       :wrt: x
       :layout: numerator

       y = A @ x

    .. symjac:check:: y = A @ x
       :wrt: x
       :claim: A.T
       :expect: numerator: ill-typed, denominator: proved

    The derivative is :symjac:derive:`'y = A @ x' --wrt x --layout numerator`.

Mathematics goes into docutils' own nodes, so that every builder prints it. What cannot
be derived, and a verdict that is not the expected one, is a warning of the build.
"""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.domains import Domain
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.typing import ExtensionMetadata, OptionSpec

from symjac import __version__
from symjac.document import document as doc
from symjac.errors import SymjacError
from symjac.exposition.excerpt import aligned, inline_derivative
from symjac.hooks.request import (
    CHECK,
    DERIVE,
    FLAGS,
    Request,
    from_line,
    request,
    unexpected,
)

logger = logging.getLogger(__name__)


def _options(names: tuple[str, ...]) -> OptionSpec:
    flag, text = directives.flag, directives.unchanged_required
    return {name: flag if name in FLAGS else text for name in names}


class Asked(SphinxDirective):
    """A directive whose equations stand in its argument, its content, or both."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    known: ClassVar[tuple[str, ...]]

    def run(self) -> list[nodes.Node]:
        """The nodes; for an error, a warning and the equations as they are."""
        equations = "\n".join([*self.arguments, *self.content])
        options = {name: value or "" for name, value in self.options.items()}
        try:
            return self.answer(request(equations, options, self.known))
        except SymjacError as error:
            warn(error.report(), self.get_location(), "error")
            return [nodes.literal_block(equations, equations)]

    def answer(self, asked: Request) -> list[nodes.Node]:
        """What a request gives."""
        raise NotImplementedError


class DeriveDirective(Asked):
    """`symjac:derive`: equations and their derivative."""

    known = DERIVE
    option_spec: ClassVar[OptionSpec] = _options(DERIVE)

    def answer(self, asked: Request) -> list[nodes.Node]:
        """The derivative."""
        return [_node(block) for block in asked.derivation()]


class CheckDirective(Asked):
    """`symjac:check`: a claim and its verdicts."""

    known = CHECK
    option_spec: ClassVar[OptionSpec] = _options(CHECK)

    def answer(self, asked: Request) -> list[nodes.Node]:
        """The verdicts, with a warning if they are not the expected ones."""
        judgement = asked.judgement()
        complaint = unexpected(judgement, asked.options.get("expect", ""))
        if complaint:
            warn(complaint, self.get_location(), "verdict")
        return [_node(block) for block in asked.verdicts(judgement)]


class DeriveRole(SphinxRole):
    """`:symjac:derive:`: a derivative as one formula in running text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """In the layout that is asked for; without one, for components."""
        try:
            asked = from_line(self.text, DERIVE)
            layout = asked.layouts[0] if "layout" in asked.options else None
            return [_math(inline_derivative(asked.jacobian(), layout))], []
        except SymjacError as error:
            warn(error.report(), self.get_location(), "error")
            return [nodes.literal(self.text, self.text)], []


class CheckRole(SphinxRole):
    """`:symjac:check:`: a claim as one formula, which has to be proved."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The claim; a warning if its verdict is not the expected one."""
        try:
            asked = from_line(self.text, CHECK)
            judgement = asked.judgement()
            complaint = unexpected(judgement, asked.options.get("expect", "proved"))
        except SymjacError as error:
            warn(error.report(), self.get_location(), "error")
            return [nodes.literal(self.text, self.text)], []
        if complaint:
            warn(complaint, self.get_location(), "verdict")
        return [_math(doc.Math(judgement.claim.latex()))], []


class SymjacDomain(Domain):
    """Derivations in a book; it keeps no objects to refer to."""

    name = "symjac"
    label = "symjac"
    directives: ClassVar[dict[str, Any]] = {
        "derive": DeriveDirective,
        "check": CheckDirective,
    }
    roles: ClassVar[dict[str, Any]] = {"derive": DeriveRole(), "check": CheckRole()}

    def merge_domaindata(self, docnames: Any, otherdata: Any) -> None:
        """Nothing to merge when pages are read in parallel."""


def warn(message: str, location: Any, subtype: str) -> None:
    """A warning of the build, which `suppress_warnings` knows as `symjac.SUBTYPE`."""
    logger.warning("%s", message, location=location, type="symjac", subtype=subtype)


def _node(block: doc.Block) -> nodes.Node:
    match block:
        case doc.Paragraph(inline):
            return nodes.paragraph("", "", *_inline(inline))
        case doc.Display(latex):
            return _display(latex)
        case doc.Align():
            return _display(aligned(block))
    raise TypeError(f"an excerpt holds no {block.kind}")


def _display(latex: str) -> nodes.Node:
    options = {"label": None, "number": None, "nowrap": False, "no-wrap": False}
    return nodes.math_block(latex, latex, **options)


def _inline(parts: doc.Inline) -> list[nodes.Node]:
    return [
        _math(part) if isinstance(part, doc.Math) else nodes.Text(part.content)
        for part in parts
    ]


def _math(formula: doc.Math) -> nodes.Node:
    return nodes.math(formula.content, formula.content)


def setup(app: Sphinx) -> ExtensionMetadata:
    """What Sphinx calls."""
    app.add_domain(SymjacDomain)
    return {
        "version": __version__,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
