"""A paper whose texts are full of what TeX, HTML, Jinja, Typst and shells react to."""

from __future__ import annotations

import json
from pathlib import Path

import symjac
from symjac.exposition.page import Proof

HOSTILE = {
    "tex": r"\input{/etc/passwd} \write18{touch pwned} ^^5cinput{x} \csname end"
    r"\endcsname $x$ 100% # a & b _ ~ {brace} \\ \end{document} \begin{verbatim}",
    "html": "<script>alert(1)</script> <img src=x onerror=alert(1)> &amp; &lt;"
    ' " onmouseover="alert(2) \' --> ]]> </title></style></main> <!--',
    "jinja": "{{ 7*7 }} {% raw %} {# note #} << 7*7 >> <% if %> <# note #> {{ view }}",
    "typst": '#panic("x") #read("/etc/passwd") $x$ *b* _i_ @ref <lbl> // c /* d */'
    ' -- --- ... [a](b) ~ #import "@preview/x:1.0.0" ] #sys.inputs',
    "shell": "$(touch pwned) `touch pwned` ; touch pwned | cat && true > y 'q' \"r\" *",
    "markdown": "# h *a* __b__ **c** `d` [e](f) ![g](h) | i | k > l $`n`$ ```math <b>",
    "list": "1. one - two + three = four",
    "dash": "- one",
    "head": "= one",
    "term": "/ one: two",
    "letters": "Łukasz Ørsted Gödel Żółć ñ ß – “quoted” ’ σ ≤",
    "lines": "one\n\n# two\n\n= three\n\n\\par four",
    "python": "''' + open('/etc/passwd').read() + ''' \" \\ \\n \\x41",
}
PLAIN = dict.fromkeys(HOSTILE, "plain words")


def paper(texts: dict[str, str]) -> str:
    """The TOML of a paper that has these texts wherever a paper has text."""
    place = {
        name: json.dumps(value, ensure_ascii=False) for name, value in texts.items()
    }
    every = ", ".join(place.values())
    meanings = "\n".join(
        f"{name} = {place[key]}"
        for name, key in zip(("x", "u", "W", "b", "begin", "_x86"), place, strict=False)
    )
    return f"""
title = {place["tex"]}
authors = [{every}]
year = 2020
venue = {place["html"]}
versions = [{every}]
question = {place["markdown"]}

[equations]
label = {place["typst"]}
text = "x[t] = W @ begin(x[t-1]) + U_input @ u[t] + b"

[[equations.variants]]
label = {place["jinja"]}
text = "x[t] = W @ begin(x[t-1]) + b"

[symbols]
{meanings.replace("_x86", "U_input")}

[[claims]]
label = {place["shell"]}
of = "x[t]"
wrt = "x[t-1]"
formula = "W.T @ diag(begin'(x[t-1]))"
layout_note = {place["dash"]}

[[claims]]
label = {place["python"]}
wrt = "x[t-1]"
formula = "W"
layout_note = {place["head"]}

[[siblings]]
label = {place["list"]}
text = "z[t] = W @ x[t-1]; x[t] = begin(z[t])"
of = "x[t]"
wrt = "x[t-1]"
formula = "W.T @ diag(begin'(z[t]))"
note = {place["lines"]}

[[quoted]]
label = {place["letters"]}
printed = 'x'

[bound]
label = {place["term"]}
"""


def proof(texts: dict[str, str], folder: Path) -> Proof:
    """The proof of such a paper."""
    path = folder / "hostile_paper.toml"
    path.write_text(paper(texts), "utf-8")
    return symjac.prove(str(path))
