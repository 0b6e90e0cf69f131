"""The gallery of published claims as pages: an index, and one page for each."""

from __future__ import annotations

from symjac.catalog.paper import STATUS
from symjac.catalog.published import TOPICS, load_claim
from symjac.document import document as doc
from symjac.document.templates import plain_text, render_view, shared_assets
from symjac.exposition.diagnosis import changes
from symjac.exposition.exhibit import FOLDER, Exhibit, exhibit, exhibit_view, exhibits
from symjac.exposition.gallery import change
from symjac.exposition.sections import whole_derivative
from symjac.files import Files
from symjac.terms.shape import Layout
from symjac.typeset.notation import Notation, written
from symjac.typeset.widths import broken, width

FORMATS = ("md", "html")
IN_CELL = 27.0  # em
IN_CHANGE = 11.0  # em
TONES = {
    "word_proved": "right",
    "word_undecided": "open",
    "word_ill-typed": "open",
}


def claim_page(name: str, format: str, *, notation: Notation | None = None) -> str:
    """The page of a published claim, as one document.

    Args:
        format: `tex`, `md` or `html`.
        notation: how mathematics is written; the one in force if left out.
    """
    with written(notation):
        return render_view(claim_view(name), format, is_adhoc=True)


def claim_view(name: str) -> doc.ProofView:
    """What the templates need for the page of a published claim."""
    claim = load_claim(name)
    return exhibit_view(claim, exhibit(claim))


def gallery_files() -> Files:
    """The index and all pages, by their names in `output/`."""
    shown = exhibits()
    files: dict[str, str | bytes] = {
        f"{FOLDER}/{name}": content for name, content in shared_assets().items()
    }
    pages = [("gallery", index_view(shown), f"{FOLDER}/")]
    for one in shown:
        if one.page.startswith(f"{FOLDER}/"):
            pages.append((one.page, exhibit_view(load_claim(one.key), one), ""))
    for page, view, shared in pages:
        for format in FORMATS:
            shown_page = render_view(view, format, is_adhoc=True, shared=shared)
            files[f"{page}.{format}"] = shown_page
    return files


def index_view(found: tuple[Exhibit, ...]) -> doc.ProofView:
    """What the templates need for the index: one table for each topic."""
    right = sum(one.is_right for one in found)
    counts = {"count": len(found), "right": right, "wrong": len(found) - right}
    counts |= {s: sum(o.status == s and not o.is_right for o in found) for s in STATUS}
    summary = doc.say("gallery_summary", **{name: str(n) for name, n in counts.items()})
    blocks: tuple[doc.Block, ...] = (
        doc.Paragraph(summary),
        doc.Paragraph(doc.say("gallery_layouts")),
    )
    return doc.ProofView(
        "gallery",
        doc.say("gallery_title"),
        doc.say("gallery_question"),
        (),
        doc.Callout("note", doc.say("gallery_summary_title"), blocks),
        tuple(_topic(topic, found) for topic in TOPICS),
        doc.say("footer"),
    )


def _topic(topic: str, found: tuple[Exhibit, ...]) -> doc.Section:
    columns = ("claim", "formula", "numerator", "denominator", "change")
    head = tuple(doc.say(f"gallery_head_{column}") for column in columns)
    rows = tuple(_table_row(one) for one in found if one.topic == topic)
    title = doc.text(topic[0].upper() + topic[1:])
    return doc.Section(topic.replace(" ", "-"), title, (doc.Table(head, rows),))


def _table_row(one: Exhibit) -> tuple[doc.Inline, ...]:
    place = doc.say("gallery_place", source=one.source, label=one.label)
    link: doc.Inline = (doc.Link(plain_text(place), one.page, is_page=True),)
    verdicts = (_mark(one, layout) for layout in Layout)
    if one.status != STATUS[0]:
        link = (*link, *doc.text(f" ({doc.plain(f'gallery_status_{one.status}')})"))
    return link, (doc.Math(_formula(one)),), *verdicts, _change(one)


def _change(one: Exhibit) -> doc.Inline:
    """The smallest change, in mathematics where that fits in a cell."""
    if one.remedy is None:
        return doc.text(change(one))
    shown = changes(one.remedy)
    if any(isinstance(p, doc.Math) and width(p.content) > IN_CHANGE for p in shown):
        return doc.text(change(one))
    layout = one.remedy.layout.value
    if layout == one.stated:
        return shown
    return (*shown, *doc.say("gallery_change_layout", layout=layout))


def _mark(one: Exhibit, layout: Layout) -> doc.Inline:
    word = one.judged.word(layout)
    key, asked = (word.replace("word", mark, 1) for mark in ("mark", "mark_asked"))
    known = doc.words()
    shown = known.get(asked, known[key]) if one.status == "asked" else known[key]
    is_main = one.stated in (layout.value, "unstated")
    tone = TONES.get(word, "wrong" if one.status == STATUS[0] else "open")
    return (doc.Mark(shown, tone, is_main),)


def _formula(one: Exhibit) -> str:
    """The claim on as many lines as it needs in its cell; as printed if malformed."""
    if one.judged.judgement is None:
        return one.printed or ""
    left = whole_derivative(one.jacobian)
    pieces = broken(one.judged.judgement.claim.latex(), IN_CELL - width(left) - 1.5)
    if len(pieces) == 1:
        return rf"\displaystyle {left} = {pieces[0].latex}"
    lines = [
        rf"\hspace{{{piece.indent:.1f}em}}{{}} {piece.latex}"
        if piece.indent
        else piece.latex
        for piece in pieces
    ]
    body = r" \\ & ".join(lines)
    return rf"\begin{{aligned}} {left} = {{}} & {body} \end{{aligned}}"
