"""A published claim with everything computed for it, and its page in the gallery."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from symjac.catalog.paper import Paper, load, names
from symjac.catalog.published import TOPICS, PublishedClaim, claim_names, load_claim
from symjac.catalog.table import cited_in_short
from symjac.derive import derive
from symjac.diagnosis.diagnose import Correction, Diagnosis, diagnose
from symjac.document import document as doc
from symjac.errors import Source
from symjac.exposition import sections
from symjac.exposition.adhoc import (
    derivation_sections,
    document,
    judged_sections,
    result,
)
from symjac.exposition.case import Judged, judged
from symjac.exposition.diagnosis import changes
from symjac.exposition.view import judgement_in_words, stated
from symjac.exposition.writing import written_for
from symjac.jacobian import Jacobian
from symjac.language.check import check
from symjac.terms.shape import Layout
from symjac.typeset.notation import notation, options

FOLDER = "gallery"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One published claim, judged.

    Args:
        page: its page, seen from `output/`, without suffix.
        source: the citation in short.
        stated: the layout that the source states or implies, or `unstated`.
        status: whether the source asserts the claim, has corrected it, or asks.
    """

    key: str
    page: str
    topic: str
    source: str
    citation: str
    label: str
    equations: str
    printed: str | None
    formula: str
    stated: str
    status: str
    note: str
    jacobian: Jacobian
    judged: Judged
    diagnosis: Diagnosis | None

    @property
    def remedy(self) -> Correction | None:
        """The smallest change that makes it right, best in the stated layout."""
        found = () if self.diagnosis is None else self.diagnosis.remedies
        as_stated = (one for one in found if one.layout.value == self.stated)
        return next(as_stated, next(iter(found), None))

    @property
    def tone(self) -> str:
        """Red is for what a source asserts, as it stands, and what is not right."""
        if self.is_right:
            return "right"
        return "wrong" if self.status == "asserted" else "open"

    @property
    def is_right(self) -> bool:
        """Whether the claim is right where its source reads it, if the source says."""
        asked = [one for one in Layout if self.stated in (one.value, "unstated")]
        return any(self.judged.word(layout) == "word_proved" for layout in asked)


def exhibit(claim: PublishedClaim) -> Exhibit:
    """Derive and judge a published claim.

    Raises:
        SymjacError: the equations or the claim cannot be read, with the place.
    """
    program = check(Source(f"{claim.source.name}, equations", claim.equations))
    jacobian = derive(program, claim.of, claim.wrt)
    return Exhibit(
        claim.key,
        f"{FOLDER}/{claim.key}",
        claim.topic,
        claim.citation.short,
        str(claim.citation),
        claim.label,
        claim.equations,
        claim.printed,
        claim.formula,
        claim.layout,
        claim.status,
        claim.note,
        jacobian,
        *_judged(claim.label, jacobian, claim.formula),
    )


def _judged(
    label: str, jacobian: Jacobian, formula: str
) -> tuple[Judged, Diagnosis | None]:
    found = judged(label, jacobian, formula)
    return found, None if found.judgement is None else diagnose(found.judgement)


def paper_exhibits(paper: Paper) -> tuple[Exhibit, ...]:
    """The claims of a paper that has a proof of its own."""
    program = check(Source(f"{paper.source.name}, equations", paper.equations.text))
    authors = ", ".join(paper.authors)
    found = []
    for claim in paper.claims:
        jacobian = derive(program, claim.of, claim.wrt)
        one = Exhibit(
            paper.key,
            paper.key,
            TOPICS[0],
            cited_in_short(paper.authors, paper.year),
            f"{authors} ({paper.year}). {paper.title}. {paper.venue}".rstrip(". "),
            claim.label,
            paper.equations.text.strip(),
            claim.printed,
            claim.formula,
            claim.layout,
            claim.status,
            "",
            jacobian,
            *_judged(claim.label, jacobian, claim.formula),
        )
        found.append(one)
    return tuple(found)


def exhibits() -> tuple[Exhibit, ...]:
    """All of them: papers with a proof of their own first, then claims by name."""
    papers = (one for key in names() for one in paper_exhibits(load(key)))
    return (*papers, *(exhibit(load_claim(name)) for name in claim_names()))


def exhibit_view(claim: PublishedClaim, found: Exhibit) -> doc.ProofView:
    """What the templates need to show a published claim."""
    with written_for(found.jacobian):
        return _view(claim, found)


def _view(claim: PublishedClaim, found: Exhibit) -> doc.ProofView:
    title = doc.say("gallery_page_title", source=found.source, label=found.label)
    parts = derivation_sections(found.jacobian, meanings=claim.symbols)
    told = doc.say(f"gallery_checked_{claim.checked}")
    judgement = found.judged.judgement
    if judgement is None:
        parts.append(_not_well_formed(claim, found, told))
    else:
        parts += judged_sections(judgement, found.diagnosis, (told,))
    follows = doc.Section(
        "follows", doc.say("gallery_follows"), (doc.Paragraph(doc.text(claim.note)),)
    )
    parts.insert(-1, follows)
    view = document(title, _verdict(claim, found), parts)
    citation = _citation(claim)
    return replace(
        view, key=claim.key, question=doc.text(claim.question), citation=citation
    )


def _citation(claim: PublishedClaim) -> doc.Inline:
    cited = claim.citation
    shown: doc.Inline = doc.text(str(replace(cited, url=None)).rstrip(".") + ". ")
    if cited.url:
        shown = (*shown, doc.Link(cited.url, cited.url), *doc.text(". "))
    return (
        *shown,
        doc.Link(doc.say("gallery_all")[0].content, "../gallery", is_page=True),
    )


def _verdict(claim: PublishedClaim, found: Exhibit) -> doc.Callout:
    """What is printed, the verdicts, and the truth."""
    blocks: list[doc.Block] = [
        doc.Paragraph(doc.say("quoted_as")),
        doc.Display(claim.printed),
    ]
    judgement = found.judged.judgement
    if judgement is not None:
        whole = sections.whole_derivative(found.jacobian)
        shown = rf"{whole} \overset{{?}}{{=}} {judgement.claim.latex()}"
        blocks += [doc.Paragraph(doc.say("gallery_reading")), doc.Display(shown)]
    blocks.append(doc.Paragraph(judgement_in_words(claim.label, found.judged)))
    note = (*doc.text(claim.layout_note), *stated(claim.layout, found.judged))
    blocks.append(doc.Paragraph(note))
    if found.remedy is not None:
        edit, layout = changes(found.remedy), doc.layout_word(found.remedy.layout)
        blocks.append(
            doc.Paragraph(doc.say("gallery_change", edit=edit, layout=layout))
        )
    blocks += result(found.jacobian)
    if found.status != "asserted":
        told = doc.say(f"gallery_told_{found.status}", note=claim.status_note)
        blocks.insert(0, doc.Paragraph(told))
    return doc.Callout(found.tone, doc.say("verdict_title"), tuple(blocks))


def _not_well_formed(
    claim: PublishedClaim, found: Exhibit, told: doc.Inline
) -> doc.Section:
    """How it was checked, where there is nothing to compare."""
    replay = doc.say("checked_replay", steps=doc.counted(found.jacobian.replay()))
    formed = doc.say("gallery_checked_shape", message=found.judged.message)
    command = shlex.join(["symjac", "gallery", claim.argument, *options(notation())])
    blocks = (
        doc.Items((replay, formed, told)),
        doc.Paragraph(doc.say("adhoc_check_again")),
        doc.Code(command),
    )
    return doc.Section("checked", doc.say("checked_title"), blocks)
