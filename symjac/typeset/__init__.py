"""Mathematics set: text, Unicode, LaTeX, Typst, and how wide it is."""
