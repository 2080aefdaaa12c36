"""Where a system's files come and go: `in`, `out`, `done` under the data dir; nobody but us may read them.

A file that is still being copied must not be taken: it counts once its size and time were the same on two looks.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset({".csv", ".xlsx", ".xlsm"})
ABANDONED_S = 900.0
KEPT_S = 90 * 24 * 3600.0
LONGEST_STEM = 80


@dataclass(frozen=True)
class Folders:
    """The four folders of one system. `work` holds what was taken and is not finished."""

    root: Path

    @classmethod
    def of(cls, data_dir: Path, system: str) -> "Folders":
        """The folders, made where they are missing (mode 0700)."""
        folders = cls(data_dir / "exchange" / system)
        for folder in (folders.inbox, folders.out, folders.done, folders.work):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folders

    @property
    def inbox(self) -> Path:
        """Where the other side puts its files."""
        return self.root / "in"

    @property
    def out(self) -> Path:
        """Where it finds ours."""
        return self.root / "out"

    @property
    def done(self) -> Path:
        """Taken files, kept as they came."""
        return self.root / "done"

    @property
    def work(self) -> Path:
        """Taken and under way."""
        return self.root / "work"

    def waiting(self) -> list[Path]:
        """Files in the inbox that could be orders, oldest first; half-written and hidden ones are passed over."""
        found = [path for path in self.inbox.iterdir() if _is_table(path)]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def abandoned(self) -> list[Path]:
        """Files that a process took and did not finish: it was stopped. Taking them again repeats nothing."""
        limit = time.time() - ABANDONED_S
        return [path for path in sorted(self.work.iterdir()) if path.stat().st_ctime < limit]

    def forget(self) -> int:
        """Delete what has lain in `out` and `done` for 90 days: the tickets are kept, copies of numbers are not."""
        limit = time.time() - KEPT_S
        old = [
            path for folder in (self.out, self.done) for path in folder.iterdir() if _is_older(path, limit)
        ]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def take(self, path: Path) -> Path | None:
        """Move a file out of the inbox; None where somebody else was faster."""
        target = free_name(self.work, path.name)
        try:
            path.rename(target)
        except FileNotFoundError:
            return None
        target.chmod(0o600)
        return target

    def finish(self, path: Path, stamp: str) -> Path:
        """Keep a taken file among those that are done."""
        target = free_name(self.done, f"{stamp}-{path.name}")
        path.rename(target)
        return target


class Watcher:
    """Remembers what files looked like the last time, so that only those that stand still are taken."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[int, int]] = {}

    def settled(self, paths: Iterable[Path]) -> list[Path]:
        """Those of the files that have not changed since the last look."""
        now_seen: dict[Path, tuple[int, int]] = {}
        for path in paths:
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            now_seen[path] = (status.st_size, status.st_mtime_ns)
        found = [path for path, look in now_seen.items() if look[0] and self._seen.get(path) == look]
        self._seen = now_seen
        return found


def free_name(folder: Path, name: str) -> Path:
    """A path in the folder that is not taken; a long name is cut."""
    stem, suffix = Path(name).stem[:LONGEST_STEM], Path(name).suffix
    path = folder / f"{stem}{suffix}"
    number = 2
    while path.exists():
        path = folder / f"{stem}-{number}{suffix}"
        number += 1
    return path


def _is_older(path: Path, limit: float) -> bool:
    return path.is_file() and path.lstat().st_ctime < limit


def _is_table(path: Path) -> bool:
    is_named = path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))
    return is_named and not path.is_symlink() and path.is_file()


def place(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all, mode 0600: the other side never reads half of it."""
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    partial.chmod(0o600)
    partial.replace(path)
    return path
