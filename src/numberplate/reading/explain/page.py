"""The page that shows the steps in order."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from numberplate.geometry.quads import Picture
from numberplate.results.document import document
from numberplate.results.plate import Plate

_STYLE = """
:root { --ground: #fff; --ink: #1c1c22; --faint: #62626d; --line: #dcdce2; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16161a; --ink: #ececf0; --faint: #a0a0ac; --line: #37373f; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 40px 0 0; }
p { margin: 4px 0 12px; max-width: 75ch; }
.plates { color: var(--faint); }
.plates b { color: var(--ink); font-family: ui-monospace, monospace; letter-spacing: .06em; }
img { display: block; max-width: 100%; height: auto; border: 1px solid var(--line); background: #fff; }
"""


@dataclass(frozen=True, eq=False)
class Step:
    """One step of reading: a `title`, a `sentence` or two on what is to be seen, and the `picture`, RGB."""

    title: str
    sentence: str
    picture: Picture


def left_out(count: int) -> str:
    """A sentence on readings that are not given back; empty when there is none."""
    if count < 1:
        return ""
    what = "One reading is" if count == 1 else f"{count} readings are"
    return f"{what} not given back: too improbable (grey)."


def page(source: str, plates: Sequence[Plate], steps: Sequence[tuple[str, Step]]) -> str:
    """The page of one picture: of `source`, its name, its plates and its steps with their files' names."""
    name = html.escape(source)
    read = ", ".join(f"<b>{html.escape(p.text)}</b> {p.confidence:.1%}" for p in plates)
    sections = "\n".join(
        f"<h2>{i}. {html.escape(step.title)}</h2>\n<p>{html.escape(step.sentence)}</p>\n"
        f'<a href="{file}"><img src="{file}" alt="{html.escape(step.title)}" '
        f'width="{step.picture.shape[1]}" height="{step.picture.shape[0]}"></a>'
        for i, (file, step) in enumerate(steps, 1)
    )
    return document(
        f"How {name} was read",
        _STYLE,
        f"""<h1>How {name} was read</h1>
<p class="plates">{f"Plates: {read}" if read else "No plate was read."}</p>
{sections}""",
    )
