"""kb folders to entries: every file is read, faults are collected, a district's own entries win.

The shipped folder and the district's local folder have the same layout, `<category>/<slug>.md`. A local
file that cannot be read leaves the shipped entry of the same id in place.
"""

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from handbook.entry import Entry, Problem
from handbook.fields import entry_from
from handbook.frontmatter import Document, read_document
from handbook.text import key, read_word_list

ID_PART = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CATEGORIES_FILE = "categories.toml"
MORE_FOLDER = "_phrasings"
WATCHED = (".md", ".toml", ".txt", ".png", ".jpg", ".webp")


@dataclass(frozen=True)
class Category:
    """A folder of kb: its label and its place in lists."""

    folder: str
    label: str
    order: int


@dataclass(frozen=True)
class Library:
    """What a reading found: usable entries by id order, their documents, and every problem; `roots` are the
    folders in the order in which a picture is looked for, the district's own first."""

    entries: tuple[Entry, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    categories: Mapping[str, Category] = field(default_factory=dict)
    roots: tuple[Path, ...] = ()

    @property
    def faults(self) -> tuple[Problem, ...]:
        """Problems that are not mere warnings."""
        return tuple(problem for problem in self.problems if not problem.is_warning)


def load(
    kb_dir: Path,
    local_dir: Path | None = None,
    *,
    district: str = "",
    variables: Mapping[str, str] | None = None,
    today: date | None = None,
) -> Library:
    """Read both folders for one district; an entry whose validity ended before `today` is left out.

    `variables` fills `{{ district.x }}`, keyed `x` or `district.x`. An entry with a missing variable, or
    with fields that cannot be read, is a problem and is not served. Never raises for what is in the folders.
    """
    problems: list[Problem] = []
    categories: dict[str, Category] = {}
    entries: dict[str, Entry] = {}
    documents: dict[str, Document] = {}
    names = {key.removeprefix("district."): value for key, value in (variables or {}).items()}
    for root in [kb_dir, local_dir]:
        if root is None or (root is local_dir and not root.is_dir()):
            continue
        found, faults = read_categories(root)
        categories |= found
        problems += faults
        for document, faults in read_folder(root):
            problems += faults
            if document is None:
                continue
            entry, faults = entry_from(document, district=district, variables=names)
            problems += faults
            if entry is not None:
                entries[entry.id] = entry
                documents[entry.id] = document
    roots = [root for root in (kb_dir, local_dir) if root is not None]
    whole = {key: with_more_questions(entry, roots) for key, entry in entries.items()}
    served = [whole[key] for key in sorted(whole) if _is_for(whole[key], district, today)]
    return Library(tuple(served), documents, tuple(problems), categories, tuple(reversed(roots)))


def read_folder(root: Path) -> list[tuple[Document | None, list[Problem]]]:
    """Every entry file under `root`, in name order; names that start with `_` or `.` and README.md are not entries."""
    if not root.is_dir():
        return [(None, [Problem(shown_path(root), 1, "没有这个目录", "检查 QIYING_KB_DIR")])]
    results: list[tuple[Document | None, list[Problem]]] = []
    for file in sorted(_markdown_files(root)):
        relative = file.relative_to(root).with_suffix("")
        shown = shown_path(file)
        fault = _name_fault(relative, shown)
        if fault is not None:
            results.append((None, [fault]))
            continue
        results.append(read_document(file, entry_id=relative.as_posix(), shown=shown))
    return results


def with_more_questions(entry: Entry, roots: Sequence[Path]) -> Entry:
    """The entry with the phrasings of `_phrasings/<id>.txt` in every folder, one a line, `#` starts a comment.

    They are ways to ask for the matter: they stay when a district writes the entry anew.
    """
    own = {key(text) for text in (entry.title, *entry.questions)}
    lines = [line for root in roots for line in read_word_list(root / MORE_FOLDER / f"{entry.id}.txt")]
    more = tuple(dict.fromkeys(line for line in lines if key(line) not in own))
    if not more:
        return entry
    digest = hashlib.sha256("\n".join([entry.fingerprint, *more]).encode()).hexdigest()[:16]
    return replace(entry, more_questions=more, fingerprint=digest)


def read_categories(root: Path) -> tuple[dict[str, Category], list[Problem]]:
    """`categories.toml`: folder → label and order; absent is fine in a local folder."""
    file = root / CATEGORIES_FILE
    shown = shown_path(file)
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return {}, [Problem(shown, 1, f"读不懂（{error}）", "照旁边的写法改回来")]
    result, problems = {}, []
    for folder, value in data.items():
        if (
            isinstance(value, dict)
            and isinstance(value.get("label"), str)
            and isinstance(value.get("order"), int)
        ):
            result[folder] = Category(folder, value["label"], value["order"])
        else:
            problems.append(Problem(shown, 1, f"{folder} 要有 label（文字）和 order（整数）", "补上"))
    return result, problems


def snapshot(roots: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """What a change of the folders would change: name, size, mtime in nanoseconds of each file. Cheap."""
    seen: list[tuple[str, int, int]] = []
    for root in roots:
        _look_into(root, seen)
    return tuple(sorted(seen))


def _look_into(folder: Path | str, seen: list[tuple[str, int, int]]) -> None:
    """Hidden ones are left out: drafts and history of the editors' desk are not served."""
    try:
        with os.scandir(folder) as found:
            items = [item for item in found if not item.name.startswith(".")]
    except OSError:  # not there, or gone while we looked
        return
    for item in items:
        if item.is_dir(follow_symlinks=False):
            _look_into(item.path, seen)
        elif item.name.endswith(WATCHED):
            with suppress(OSError):
                status = item.stat(follow_symlinks=False)
                seen.append((item.path, status.st_size, status.st_mtime_ns))


def shown_path(path: Path) -> str:
    """A path as people read it: relative to where they stand when that is shorter."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _markdown_files(root: Path) -> list[Path]:
    found = []
    for path in root.rglob("*.md"):
        parts = path.relative_to(root).parts
        if any(part.startswith((".", "_")) for part in parts) or parts[-1] == "README.md":
            continue
        found.append(path)
    return found


def _name_fault(relative: Path, shown: str) -> Problem | None:
    if len(relative.parts) != 2:
        return Problem(shown, 1, "条目要放在 <类目>/<短名>.md", "挪到某个类目的文件夹里")
    if not all(ID_PART.fullmatch(part) for part in relative.parts):
        return Problem(shown, 1, "文件名只能用小写字母、数字和连字符", "例如 registration/company-setup.md")
    return None


def _is_for(entry: Entry, district: str, today: date | None) -> bool:
    if entry.districts and district and district not in entry.districts:
        return False
    return not (today is not None and entry.effective_to is not None and entry.effective_to < today)
