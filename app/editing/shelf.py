"""Files of the editors' desk under the district's local folder: drafts, published entries, their history.

    <local>/.drafts/<key>.md + <key>.json        one draft with who, when and where it stands
    <local>/<category>/<slug>.md                 what is served; the same id wins over the shipped entry
    <local>/.history/<category>/<slug>/0001.*    every version that was served, oldest first

Every file is written beside its place and renamed into it, readable by this account only. One lock file
makes read-change-write sequences of several processes wait for each other.
"""

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.editing.values import Sheet, Step, Version
from app.errors import AppError, NotFound

DRAFTS, HISTORY = ".drafts", ".history"
_KEY = re.compile(r"[0-9]{14}-[0-9a-f]{8}")
_ENTRY_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SLUG = 60


class Shelf:
    """Reads and writes those files; knows nothing of who may."""

    def __init__(self, local_dir: Path) -> None:
        self.local_dir = local_dir

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one change of the desk at a time, across processes."""
        folder = self._folder(self.local_dir / DRAFTS)
        with (folder / ".lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def sheets(self) -> list[Sheet]:
        """Every draft, newest first; a damaged sidecar is left out."""
        found = []
        for file in (self.local_dir / DRAFTS).glob("*.json"):
            if _KEY.fullmatch(file.stem):
                try:
                    found.append(self._sheet(file.stem))
                except NotFound:
                    continue
        return sorted(found, key=lambda sheet: (sheet.updated.at, sheet.key), reverse=True)

    def sheet(self, key: str) -> Sheet:
        """One draft's sidecar. Raises NotFound."""
        if not _KEY.fullmatch(key):
            raise NotFound("没有这份稿子")
        return self._sheet(key)

    def text(self, key: str) -> str:
        """One draft's text. Raises NotFound."""
        if not _KEY.fullmatch(key):
            raise NotFound("没有这份稿子")
        try:
            return (self.local_dir / DRAFTS / f"{key}.md").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise NotFound("没有这份稿子，或者文件已损坏") from None

    def write_draft(self, sheet: Sheet, text: str | None = None) -> None:
        """Store a sidecar, and the text where it changed: the text first, since the sidecar names it."""
        folder = self._folder(self.local_dir / DRAFTS)
        if text is not None:
            write_whole(folder / f"{sheet.key}.md", text)
        write_whole(folder / f"{sheet.key}.json", _dumped(sheet.to_json()))

    def published(self, entry_id: str) -> str | None:
        """The district's own text of an entry; None where it has none."""
        try:
            return self._entry_file(entry_id).read_text("utf-8")
        except FileNotFoundError:
            return None

    def publish(self, entry_id: str, text: str | None) -> None:
        """Put the text in its place, or take the district's own text away (None)."""
        file = self._entry_file(entry_id)
        if text is None:
            file.unlink(missing_ok=True)
            return
        self._folder(file.parent)
        write_whole(file, text)

    def versions(self, entry_id: str) -> list[Version]:
        """Every version that was served, oldest first."""
        folder = self._history(entry_id)
        found = []
        for file in sorted(folder.glob("*.json")):
            try:
                data = json.loads(file.read_text("utf-8"))
                text = "" if data["is_absent"] else file.with_suffix(".md").read_text("utf-8")
                step = Step.from_json(data)
            except (OSError, ValueError, KeyError, TypeError):
                continue
            found.append(
                Version(int(file.stem), step, bool(data["is_absent"]), text, str(data.get("reviewer", "")))
            )
        return found

    def add_version(self, entry_id: str, text: str | None, step: Step, *, reviewer: str = "") -> int:
        """Append what is served from now on; returns its number."""
        folder = self._folder(self._history(entry_id))
        number = max((int(file.stem) for file in folder.glob("*.json") if file.stem.isdigit()), default=0) + 1
        if text is not None:
            write_whole(folder / f"{number:04d}.md", text)
        data = {**step.to_json(), "is_absent": text is None, "reviewer": reviewer}
        write_whole(folder / f"{number:04d}.json", _dumped(data))
        return number

    def changed_entries(self) -> frozenset[str]:
        """Ids of entries that the district has its own text of."""
        files = self.local_dir.glob("*/*.md")
        names = (file.relative_to(self.local_dir).with_suffix("").as_posix() for file in files)
        return frozenset(name for name in names if _ENTRY_ID.fullmatch(name))

    def _sheet(self, key: str) -> Sheet:
        try:
            return Sheet.from_json(
                key, json.loads((self.local_dir / DRAFTS / f"{key}.json").read_text("utf-8"))
            )
        except (OSError, ValueError, KeyError, TypeError):
            raise NotFound("没有这份稿子，或者文件已损坏") from None

    def _entry_file(self, entry_id: str) -> Path:
        require_id(entry_id)
        return self.local_dir / f"{entry_id}.md"

    def _history(self, entry_id: str) -> Path:
        require_id(entry_id)
        return self.local_dir / HISTORY / entry_id

    def _folder(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


def require_id(entry_id: str) -> None:
    """Refuse what is not `<category>/<slug>`: an id becomes a path."""
    if not _ENTRY_ID.fullmatch(entry_id) or len(entry_id.split("/")[1]) > MAX_SLUG:
        raise AppError("短名只能用小写字母、数字和连字符，例如 company-setup，不超过 60 个", field="slug")


def write_whole(file: Path, text: str) -> None:
    """Readers see the old content or the new, never half; a crash leaves the old."""
    write_whole_bytes(file, text.encode("utf-8", "replace"))


def write_whole_bytes(file: Path, content: bytes) -> None:
    """The same for a file that is no text."""
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _dumped(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
