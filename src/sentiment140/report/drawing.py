"""Drawing of figures: SVG elements that take their colors from the page they are in."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sentiment140.report.tables import shortened

# Placeholders in the drawing -> the page's colors, so that one drawing suits light and dark. The page's accent (blue,
# in a demo magenta) and orange differ with every kind of color blindness.
INK, ACCENT, SECOND, FAINT = "#010101", "#020202", "#030303", "#040404"
PAGE_COLORS = {INK: "currentColor", ACCENT: "var(--accent)", SECOND: "var(--second)", FAINT: "var(--faint)"}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, selectable, in the page's font
    "text.parse_math": False,  # a member called "$x" is no formula
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 9,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "axes.formatter.useoffset": False,
}


@dataclass
class Plot:
    """One figure of the report.

    Attributes:
        title: what it shows.
        caption: what to see in it.
        panels: its drawings, SVG elements that are safe to put into the page. The `with` block of each method below
            draws one.
    """

    title: str
    caption: str
    panels: list[str] = field(default_factory=list, repr=False)

    @contextmanager
    def figure(self, width: float, height: float, label: str | None = None) -> Iterator[Figure]:
        """An empty figure.

        Args:
            width: in inches.
            height: in inches.
            label: for screen readers; the title by default. No two panels of a page may share it.
        """
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(width, height), layout="constrained")
            yield figure
            self.panels.append(_svg(figure, label or self.title))

    @contextmanager
    def axes(self, width: float, height: float, label: str | None = None) -> Iterator[Axes]:
        """One pair of axes in a figure of this size."""
        with self.figure(width, height, label) as figure:
            yield figure.subplots()

    @contextmanager
    def rows(self, names: Sequence[str], xlabel: str, reference: str | None = None) -> Iterator[Axes]:
        """Axes with one row per name, the first on top; that of the reference is marked."""
        with self.axes(4.4, 0.9 + 0.36 * len(names)) as axes:
            marked = [shortened(name) + (" (reference)" if name == reference else "") for name in names]
            axes.set_yticks(range(len(names)), marked)
            axes.set(xlabel=xlabel, ylim=(len(names) - 0.4, -0.6))
            axes.grid(axis="y", visible=False)
            yield axes

    @contextmanager
    def matrix(self, names: Sequence[str], width: float, height: float, rotation: float = 0) -> Iterator[Axes]:
        """Axes with one row and one column per name, for `draw_cell`."""
        with self.axes(width, height) as axes:
            ticks, marked = range(len(names)), [shortened(name) for name in names]
            axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5))
            axes.set_xticks(ticks, marked, rotation=rotation)
            axes.set_yticks(ticks, marked)
            axes.grid(visible=False)
            yield axes

    def _repr_html_(self) -> str:
        """The figure as a notebook shows it: title, drawings in the colors of the page, caption."""
        colors = "--accent: #0b62b0; --second: #b35c00; --faint: #dfe3e7"  # those of page.html
        drawings = f'<div style="display: flex; flex-wrap: wrap; {colors}">{"".join(self.panels)}</div>'
        return f"<b>{escape(self.title)}</b>{drawings}<p>{escape(self.caption)}</p>"


def draw_cell(axes: Axes, row: int, column: int, text: str, fontsize: float, color: str, alpha: float) -> None:
    """Fill one cell of a matrix and write the text into it."""
    axes.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, color=color, alpha=alpha))
    axes.annotate(text, (column, row), ha="center", va="center", fontsize=fontsize)


def _svg(figure: Figure, label: str) -> str:
    """The figure as an SVG element without addresses, with the page's colors, and ids no other figure has."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": label}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    text = re.sub(r"<(metadata|style).*?</\1>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r' xmlns(:xlink)?="[^"]*"|font-family: [^;"]*; ?|(?<=<g) id="[^"]*"', "", text)
    for placeholder, color in PAGE_COLORS.items():
        text = text.replace(placeholder, color)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)
