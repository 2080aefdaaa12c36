"""QR codes as one path of an SVG: a page draws them itself, nothing is fetched and no secret travels in an address."""

from dataclasses import dataclass
from html import escape

import segno

QUIET = 4


@dataclass(frozen=True)
class Qr:
    """`path` draws the dark squares in a square of `size` units, margin included."""

    path: str
    size: int


def qr(text: str) -> Qr:
    """The code of a text; error correction M, as printed paper gets dirty."""
    matrix = segno.make_qr(text, error="m").matrix
    squares = [
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, line in enumerate(matrix)
        for column, is_dark in enumerate(line)
        if is_dark
    ]
    return Qr("".join(squares), len(matrix) + 2 * QUIET)


def svg(code: Qr, label: str) -> str:
    """The code as a picture of its own, on white whatever the page's ground; `label` is read to those who do not see."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {code.size} {code.size}" role="img" '
        f'aria-label="{escape(label)}" shape-rendering="crispEdges"><rect width="{code.size}" height="{code.size}" '
        f'fill="#fff"/><path d="{code.path}" fill="#000"/></svg>'
    )
