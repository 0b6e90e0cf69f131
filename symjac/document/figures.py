"""The network of two time steps as SVG, TikZ and Typst, from the same coordinates.

Units: SVG user units and, a hundredth of them, TikZ's and Typst's centimetres.
"""

from __future__ import annotations

import re
from html import escape

from symjac.document import document as doc
from symjac.document.typst import typst_math

LEFT, RIGHT, RADIUS = 110, 430, 32
TOP, GAP = 90, 150
WIDTH = 540


def _height(network: doc.Network) -> int:
    return 2 * TOP + GAP * (max(len(network.before), len(network.after)) - 1)


def _y(unit: int) -> int:
    return TOP + GAP * (unit - 1)


def _ends(edge: doc.Edge) -> tuple[float, float, float, float]:
    """Start and end of an edge, on the rims of its units."""
    x, y = LEFT, _y(edge.source)
    dx, dy = RIGHT - LEFT, _y(edge.target) - y
    length = (dx**2 + dy**2) ** 0.5
    ux, uy = dx / length, dy / length
    return (
        x + RADIUS * ux,
        y + RADIUS * uy,
        x + dx - (RADIUS + 4) * ux,
        y + dy - (RADIUS + 4) * uy,
    )


def _label_place(edge: doc.Edge) -> tuple[float, float]:
    """Where an edge's label stands: outside the crossing, nearer to its source."""
    x1, y1, x2, y2 = _ends(edge)
    if edge.source == edge.target:
        return (x1 + x2) / 2, y1 + (-12 if edge.source == 1 else 26)
    x, y = x1 + 0.2 * (x2 - x1), y1 + 0.2 * (y2 - y1)
    return (x + 22, y - 8) if edge.target > edge.source else (x + 26, y + 19)


_PARTS = re.compile(
    r"^\(?(?P<stem>\\?[A-Za-z]+|\\math\w+\{[^}]*\})(?:_\{(?P<inner>[^}]*(?:\{[^}]*\})?)\})?\)?"
    r"(?:_\{(?P<below>[^}]*)\})?(?:\^\{(?P<above>[^}]*)\})?$"
)
_LETTERS = {
    rf"\{name}": chr(0x3B1 + n + (n > 16))
    for n, name in enumerate(
        (
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu"
            " xi omicron pi rho sigma tau upsilon phi chi psi omega"
        ).split()
    )
}


def _plain(latex: str) -> str:
    shown = re.sub(r"\\(?:mathrm|mathit|mathbf|text)\{([^}]*)\}", r"\1", latex)
    for name, letter in _LETTERS.items():
        shown = shown.replace(name, letter)
    return shown.replace("\\_", "_").replace("-", "\N{MINUS SIGN}")


def svg_label(latex: str) -> str:
    """A simple entry such as `W_{12}` or `x_{1}^{(t-1)}` as SVG text spans."""
    found = _PARTS.match(latex)
    if found is None:
        return f"<tspan>{escape(_plain(latex))}</tspan>"
    below = ",".join(part for part in (found["inner"], found["below"]) if part)
    out = f'<tspan class="it">{escape(_plain(found["stem"]))}</tspan>'
    if below:
        out += f'<tspan dy="6" class="small">{escape(_plain(below))}</tspan>'
    if found["above"]:
        rise = -16 if below else -8
        above = escape(_plain(found["above"]))
        out += f'<tspan dy="{rise}" class="small">{above}</tspan>'
    return out


STYLE = (
    ".unit{fill:#fff;stroke:#222;stroke-width:1.6}"
    ".edge line{stroke:#8a8f98;stroke-width:1.6}"
    ".edge text{fill:#555b66}"
    ".edge.lit line{stroke:#b3261e;stroke-width:3.6}"
    ".edge.lit text{fill:#b3261e;font-weight:700}"
    "text{font:18px Georgia,'Times New Roman',serif;fill:#222;text-anchor:middle}"
    ".it{font-style:italic}.small{font-size:13px}"
)


def _svg_edge(edge: doc.Edge, lit: bool) -> str:
    x1, y1, x2, y2 = _ends(edge)
    tx, ty = _label_place(edge)
    name = f"{edge.target}-{edge.source}"
    kind = "edge lit" if lit else "edge"
    head = "lit" if lit else "head"
    return (
        f'<g class="{kind}" data-edge="{name}">'
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        f' marker-end="url(#{head})"/>'
        f'<text x="{tx:.1f}" y="{ty:.1f}">{svg_label(edge.weight)}</text></g>'
    )


def _svg_unit(x: int, unit: int, label: str) -> str:
    y = _y(unit)
    return (
        f'<circle class="unit" cx="{x}" cy="{y}" r="{RADIUS}"/>'
        f'<text x="{x}" y="{y + 5}">{svg_label(label)}</text>'
    )


def _marker(name: str, colour: str, size: float) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="8" refY="5"'
        f' markerWidth="{size}" markerHeight="{size}" orient="auto-start-reverse">'
        f'<path d="M0 0L10 5L0 10z" fill="{colour}"/></marker>'
    )


def svg(network: doc.Network, title: str) -> str:
    """The network as one SVG element; every edge is a group with `data-edge`."""
    height = _height(network)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' role="img" aria-label="{escape(title, quote=True)}">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f"<defs>{_marker('head', '#8a8f98', 7)}{_marker('lit', '#b3261e', 4.5)}</defs>",
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#fff"/>',
    ]
    ordered = sorted(network.edges, key=lambda e: is_lit(network, e))
    parts += [_svg_edge(edge, is_lit(network, edge)) for edge in ordered]
    parts += [_svg_unit(LEFT, n + 1, name) for n, name in enumerate(network.before)]
    parts += [_svg_unit(RIGHT, n + 1, name) for n, name in enumerate(network.after)]
    for x, time in zip((LEFT, RIGHT), network.times, strict=True):
        parts.append(
            f'<text x="{x}" y="{height - 22}">'
            f"{escape(network.step)} {escape(_plain(time))}</text>"
        )
    return "".join([*parts, "</svg>"])


def is_lit(network: doc.Network, edge: doc.Edge) -> bool:
    """Whether an edge is the highlighted one."""
    return (edge.target, edge.source) == network.highlighted


def tikz(network: doc.Network) -> str:
    """The network as a TikZ picture, with the same coordinates in centimetres."""
    lines = [
        r"\begin{tikzpicture}[x=0.0145cm,y=-0.0145cm,>=Latex,",
        r"  unit/.style={circle,draw,thick,minimum size=1.15cm,inner sep=0pt,",
        r"  fill=white},",
        r"  weight/.style={fill=white,inner sep=1.5pt,font=\small}]",
    ]
    for x, labels, letter in ((LEFT, network.before, "l"), (RIGHT, network.after, "r")):
        for n, label in enumerate(labels):
            at = f"({x},{_y(n + 1)})"
            lines.append(rf"\node[unit] ({letter}{n + 1}) at {at} {{${label}$}};")
    for edge in sorted(network.edges, key=lambda e: is_lit(network, e)):
        style = (
            "->,line width=1.6pt,red!70!black" if is_lit(network, edge) else "->,gray"
        )
        share = "0.5" if edge.source == edge.target else "0.28"
        lines.append(
            rf"\draw[{style}] (l{edge.source}) -- node[weight,pos={share}]"
            rf" {{${edge.weight}$}} (r{edge.target});"
        )
    bottom = _height(network) - 28
    for x, time in zip((LEFT, RIGHT), network.times, strict=True):
        lines.append(rf"\node at ({x},{bottom}) {{{network.step} ${time}$}};")
    return "\n".join([*lines, r"\end{tikzpicture}"])


def typst(network: doc.Network) -> str:
    """The network as a call of the Typst template's `network`, in the same units."""
    edges = sorted(network.edges, key=lambda e: is_lit(network, e))
    bottom = _height(network) - 28
    columns = ((LEFT, network.before), (RIGHT, network.after))
    parts = {
        "edges": [_typst_edge(edge, is_lit(network, edge)) for edge in edges],
        "units": [
            f"({x}, {_y(n)}, ${typst_math(label)}$)"
            for x, labels in columns
            for n, label in enumerate(labels, start=1)
        ],
        "times": [
            f"({x}, {bottom}, [{network.step} ${typst_math(time)}$])"
            for x, time in zip((LEFT, RIGHT), network.times, strict=True)
        ],
    }
    shown = ",\n".join(f"  {k}: ({', '.join(v)},)" for k, v in parts.items())
    return f"network(\n  {WIDTH}, {_height(network)}, {RADIUS},\n{shown},\n)"


def _typst_edge(edge: doc.Edge, lit: bool) -> str:
    x1, y1, x2, y2 = _ends(edge)
    share = 0.5 if edge.source == edge.target else 0.28
    x, y = x1 + share * (x2 - x1), y1 + share * (y2 - y1)
    numbers = ", ".join(f"{number:.1f}" for number in (x1, y1, x2, y2, x, y))
    return f"({numbers}, {str(lit).lower()}, ${typst_math(edge.weight)}$)"
