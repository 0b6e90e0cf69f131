"""symjac inside other tools: Sphinx, MkDocs, Zensical, and Markdown files."""
