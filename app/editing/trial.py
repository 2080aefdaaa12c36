"""Would the bot take this edit over? Tried on a copy of the district's folder before anything is written."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from handbook import loader, proofing
from handbook.entry import Problem
from handbook.loader import Library


class Place(Protocol):
    """What is needed of a desk."""

    @property
    def kb_dir(self) -> Path:
        """The shipped entries."""
        ...

    @property
    def local_dir(self) -> Path:
        """The district's own entries."""
        ...

    @property
    def district(self) -> str:
        """The district's key."""
        ...

    @property
    def variables(self) -> Mapping[str, str]:
        """Values of `{{ district.x }}`."""
        ...


def added_faults(place: Place, entry_id: str, text: str | None) -> list[Problem]:
    """Faults that the handbook would have after this text took its place (None: after the own text is gone)."""
    with tempfile.TemporaryDirectory(prefix="qiying-trial-") as name:
        copy = Path(name) / "kb"
        _copy(place.local_dir, copy)
        before = _read(place, copy)
        file = copy / f"{entry_id}.md"
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8", errors="replace")
        return proofing.added_faults(before, _read(place, copy))


def _copy(source: Path, target: Path) -> None:
    """Entries, word lists and pictures, not drafts, history or links."""
    target.mkdir()
    for file in source.rglob("*") if source.is_dir() else ():
        relative = file.relative_to(source)
        if any(part.startswith(".") for part in relative.parts) or file.is_symlink() or not file.is_file():
            continue
        if file.suffix in loader.WATCHED:
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / relative)


def _read(place: Place, local_dir: Path) -> Library:
    return loader.load(place.kb_dir, local_dir, district=place.district, variables=place.variables)
