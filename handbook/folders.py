"""Folders that are written whole or not at all: built beside, renamed into place, what came before cleared away."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ABANDONED_S = 3600


def put_folder(parent: Path, name: str, write: Callable[[Path], None], *, pointer: str = "") -> bool:
    """Let `write` fill a new folder and give it its name; other folders with plain names go.

    `pointer` is a file in `parent` that then says which folder is in use. A folder whose name starts with `_` stays.
    False where the place cannot be written.
    """
    temporary: Path | None = None
    try:
        parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".building-", dir=parent))
        write(temporary)
        _swap(parent, temporary, parent / name, pointer)
    except (OSError, RuntimeError):
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        return False
    return True


def _swap(parent: Path, temporary: Path, folder: Path, pointer: str) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    temporary.rename(folder)
    if pointer:
        written = parent / f".{pointer}-{os.getpid()}"
        written.write_text(folder.name, "utf-8")
        written.replace(parent / pointer)
    for other in parent.iterdir():
        if other.is_dir() and other != folder and not other.name.startswith("_") and not _is_under_way(other):
            shutil.rmtree(other, ignore_errors=True)


def _is_under_way(folder: Path) -> bool:
    """Whether another process may still be building here; what a kill left behind is an hour old some day."""
    if not folder.name.startswith("."):
        return False
    try:
        return time.time() - folder.stat().st_mtime < ABANDONED_S
    except OSError:
        return True
