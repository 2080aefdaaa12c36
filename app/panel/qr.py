"""QR codes as one path of an SVG, so that a page draws them itself and no secret travels in an address."""

from dataclasses import dataclass

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
