r"""Names in symjac's spelling: what stands below and above is a step or a label."""

from __future__ import annotations

from symjac.errors import ParseError
from symjac.latex_input import tree
from symjac.latex_input.evidence import Evidence
from symjac.latex_input.steps import HINT, INDEX, Steps, stem
from symjac.terms.program import Program

TRANSPOSES = frozenset("t H tr".split())  # of old prints


class Spelling:
    """Spells the names of one text; `declared` are those that are known before."""

    def __init__(
        self, steps: Steps, evidence: Evidence, program: Program | None
    ) -> None:
        self.steps, self.evidence, self.program = steps, evidence, program
        self.declared: set[str] = set()
        self.timed: set[str] = set()

    def split(self, name: tree.Name) -> tuple[str, tree.Script | None]:
        """A name in symjac's spelling, and its time step."""
        step: tree.Script | None = None
        text = base_text(name)
        for above, scripts in ((False, name.below), (True, name.above)):
            for script in scripts:
                if not self._is_step(name, text, script, above):
                    text = f"{text}_{script.text}"
                    continue
                if step is not None:
                    raise ParseError("two time steps on one name", script.span)
                step = script
        return text, step

    def _is_step(
        self, name: tree.Name, text: str, script: tree.Script, above: bool
    ) -> bool:
        """Whether a script is a time step; else it is a label."""
        if script.mark is tree.Mark.OTHER:
            raise ParseError(f"{script.span.text} is not understood here", script.span)
        labeled = f"{text}_{script.text}"
        if not script.offset and labeled in self.declared:
            if text in self.timed and script.mark is not tree.Mark.LABEL:
                message = f"{labeled} is a name, and {text} has a time step"
                raise ParseError(message, script.span)
            return False
        if script.mark is tree.Mark.DIGITS:
            return self._digits(name, text, script)
        if script.mark is tree.Mark.LABEL:
            return self._label(name, script, above)
        return self._letter(name, text, script, above)

    def _digits(self, name: tree.Name, text: str, script: tree.Script) -> bool:
        """A number: the step of a name that has steps elsewhere, else a label."""
        on_step = self.steps_on(name)
        if not on_step and self.has_steps(name, text):
            return True
        scripts = (*name.below, *name.above)
        several = sum(s.mark is tree.Mark.DIGITS for s in scripts) > 1
        is_whole = (name.base, *name.accents) in self.evidence.plain
        is_entry = on_step or several or is_whole or len(script.text) > 1
        if script.around or not is_entry:
            return False
        raise ParseError(
            f"{script.text} may be a component or a label",
            script.span,
            hint=rf"write ^{{({script.text})}} for a label",
        )

    def steps_on(self, name: tree.Name) -> bool:
        """Whether a name has a time step, told by its letter."""
        return any(
            s.mark is tree.Mark.STEP and s.text in self.steps.letters
            for s in (*name.below, *name.above)
        )

    def has_steps(self, name: tree.Name, text: str) -> bool:
        """Whether a name has a time step in the program or somewhere in the text."""
        is_written = self.program is None and stem(name) in self.steps.names
        return is_written or text in self.timed

    def _label(self, name: tree.Name, script: tree.Script, above: bool) -> bool:
        """A word; letters that could be component indices are refused."""
        text = script.text
        if above and not script.around and text in TRANSPOSES:
            hint = r"write ^\top for a transpose"
            message = f"^{{{script.span.text}}} may be a transpose or a label"
            raise ParseError(message, script.span, hint=hint)
        is_plain = above and not script.around and not script.upright
        if is_plain and name.base.islower() and len(text) < 3:
            raise ParseError(
                f"^{{{script.span.text}}} may be a power or a label",
                script.span,
                hint=rf"write ^{{\mathrm{{{text}}}}} for a label",
            )
        indices = INDEX | self.steps.letters
        if text == "in" and not self.evidence.lone & {"i", "n"}:
            return False
        if not script.upright and not script.around and set(text) <= indices:
            raise ParseError(
                f"{text} may be component indices",
                script.span,
                hint=rf"a label is \mathrm{{{text}}}",
            )
        return False

    def _letter(
        self, name: tree.Name, text: str, script: tree.Script, above: bool
    ) -> bool:
        letter = script.text
        if above and not script.around:
            return self._bare(name, text, script)
        if letter in self.steps.letters:
            if not script.offset and self._is_gate(name, letter):
                raise ParseError(
                    f"{letter} may be a time step or a label",
                    script.span,
                    hint=HINT.format(letter),
                )
            return True
        if script.offset:
            raise ParseError("an index with a number is not read", script.span)
        if self.has_steps(name, text):
            raise ParseError(
                f"{letter} may be another time step or a label",
                script.span,
                hint=HINT.format(letter),
            )
        if letter in INDEX and not self._is_gate(name, letter):
            raise ParseError(
                f"{letter} may be a component, a time step or a label",
                script.span,
                hint=HINT.format(letter),
            )
        return False

    def _is_gate(self, name: tree.Name, letter: str) -> bool:
        """Whether an index letter is a label: `W_i` beside `W_f`, or beside `i_t`."""
        if letter in self.steps.explicit or letter == "t":
            return False
        own = self.evidence.labels.get((name.base, *name.accents), set())
        words = {
            label
            for label in own
            if label.isalpha() and label not in INDEX | self.steps.letters
        }
        return bool(words) or letter in self.evidence.letters

    def _bare(self, name: tree.Name, text: str, script: tree.Script) -> bool:
        r"""A letter above without brackets: `x^{t-1}` says that it is time.

        So it is on vectors only, if all steps of the text stand so: `A^{t-1}` and
        `\gamma^{t-1}` are powers too.
        """
        letter = script.text
        is_step = letter in self.steps.letters and letter in self.steps.raised
        is_known = len(name.base) == 1 or text in self.declared
        is_vector = name.base.islower() and is_known
        is_sure = script.offset and text in self.declared
        if is_step and (is_vector or is_sure or letter in self.steps.explicit):
            return True
        raise ParseError(
            f"^{{{script.span.text}}} may be a power, a time step or a label",
            script.span,
            hint=f"write ^{{({letter})}}, or say time=('{letter}',)",
        )


def base_text(name: tree.Name) -> str:
    """A name without what stands below and above it."""
    return "_".join((name.base, *name.accents))
