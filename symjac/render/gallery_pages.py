"""The gallery of published claims as pages: an index, and one page for each."""

from __future__ import annotations

from symjac.catalog.claim import TOPICS, load_claim
from symjac.expr.notation import Notation, written
from symjac.expr.shape import Layout
from symjac.files import Files
from symjac.render.diagnosis import changes
from symjac.render.document import (
    Block,
    Callout,
    Inline,
    Link,
    Mark,
    Math,
    Paragraph,
    ProofView,
    Section,
    Table,
    say,
    text,
    words,
)
from symjac.render.exhibit import FOLDER, Exhibit, exhibit, exhibit_view, exhibits
from symjac.render.gallery import change
from symjac.render.sections import whole_derivative
from symjac.render.templates import plain_text, render_view, shared_assets
from symjac.render.widths import broken, width

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


def claim_view(name: str) -> ProofView:
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


def index_view(found: tuple[Exhibit, ...]) -> ProofView:
    """What the templates need for the index: one table for each topic."""
    right = sum(one.is_right for one in found)
    counts = {"count": len(found), "right": right, "wrong": len(found) - right}
    summary = say("gallery_summary", **{name: str(n) for name, n in counts.items()})
    blocks: tuple[Block, ...] = (
        Paragraph(summary),
        Paragraph(say("gallery_layouts")),
    )
    return ProofView(
        "gallery",
        say("gallery_title"),
        say("gallery_question"),
        (),
        Callout("note", say("gallery_summary_title"), blocks),
        tuple(_topic(topic, found) for topic in TOPICS),
        say("footer"),
    )


def _topic(topic: str, found: tuple[Exhibit, ...]) -> Section:
    columns = ("claim", "formula", "numerator", "denominator", "change")
    head = tuple(say(f"gallery_head_{column}") for column in columns)
    rows = tuple(_table_row(one) for one in found if one.topic == topic)
    title = text(topic[0].upper() + topic[1:])
    return Section(topic.replace(" ", "-"), title, (Table(head, rows),))


def _table_row(one: Exhibit) -> tuple[Inline, ...]:
    place = say("gallery_place", source=one.source, label=one.label)
    link = Link(plain_text(place), one.page, is_page=True)
    verdicts = (_mark(one, layout) for layout in Layout)
    return (link,), (Math(_formula(one)),), *verdicts, _change(one)


def _change(one: Exhibit) -> Inline:
    """The smallest change, in mathematics where that fits in a cell."""
    if one.remedy is None:
        return text(change(one))
    shown = changes(one.remedy)
    if any(isinstance(p, Math) and width(p.content) > IN_CHANGE for p in shown):
        return text(change(one))
    layout = one.remedy.layout.value
    if layout == one.stated:
        return shown
    return (*shown, *say("gallery_change_layout", layout=layout))


def _mark(one: Exhibit, layout: Layout) -> Inline:
    word = one.judged.word(layout)
    shown = words()[word.replace("word", "mark", 1)]
    is_main = one.stated in (layout.value, "unstated")
    return (Mark(shown, TONES.get(word, "wrong"), is_main),)


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
