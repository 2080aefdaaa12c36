"""Files of one text a line, whose first line says how many follow. Normalised texts hold no line break."""

from collections.abc import Sequence
from pathlib import Path


def write_lines(file: Path, lines: Sequence[str]) -> None:
    """Write the count and the lines."""
    file.write_text("\n".join([str(len(lines)), *lines]), "utf-8")


def read_lines(file: Path) -> list[str]:
    """The lines. Raises ValueError where the count does not fit, OSError."""
    with file.open(encoding="utf-8", newline="\n") as handle:
        count, _, rest = handle.read().partition("\n")
    lines = rest.split("\n") if int(count) else []
    if len(lines) != int(count):
        raise ValueError(file.name)
    return lines
