"""Pictures of drafts: judged by their bytes, named by their content, thrown away when nothing names them any more.

They lie where published ones lie, `<local>/<category>/_images/`. Until a served entry names a file nobody
outside can ask for it, and a name made of the content never replaces a picture that is already shown.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.editing.shelf import DRAFTS, HISTORY, Shelf, write_whole_bytes
from app.editing.values import OPEN
from app.errors import AppError
from handbook.drafting import Draft, DraftSection
from handbook.media import IMAGES, MAX_ALT, MAX_IMAGE_BYTES, MAX_IMAGES, pictures_in, type_of

# Only names given here are ever thrown away: what somebody put into the folder by hand stays.
_OURS = re.compile(r"[0-9a-f]{20}\.(?:png|jpg|webp)")
_IN_THE_WAY = re.compile(r"[\[\]()!\s]+")


@dataclass(frozen=True)
class Picture:
    """A picture somebody chose: its bytes, what it says, and the section it belongs to."""

    content: bytes
    alt: str
    heading: str


def judged(content: bytes) -> str:
    """`png`, `jpg` or `webp`. Raises AppError for anything else and for more than 1 MB."""
    if not content:
        raise AppError("请先选一张图片", field="file")
    kind = type_of(content)
    if not kind:
        raise AppError("这不是能用的图片：只收 PNG、JPG、WebP，另存一份再传", field="file")
    if len(content) > MAX_IMAGE_BYTES:
        raise AppError("图片超过 1 MB：压缩一下再传，宽 1080 像素就够", field="file")
    return kind


def name_of(content: bytes) -> str:
    """The file's name: a digest of what is in it."""
    return f"{hashlib.sha256(content).hexdigest()[:20]}.{judged(content)}"


def with_line(draft: Draft, picture: Picture) -> Draft:
    """The draft with the picture's line at the end of its section. Raises AppError for what the check would refuse."""
    alt = _IN_THE_WAY.sub(" ", picture.alt).strip()
    if not alt:
        raise AppError("请写一句这张图讲什么，看不到图的人靠它", field="alt")
    if len(alt) > MAX_ALT:
        raise AppError(f"图片说明太长：不超过 {MAX_ALT} 个字符", field="alt")
    if not any(section.heading == picture.heading for section in draft.sections):
        raise AppError("没有这个章节：先写好这一章并保存，再放图片", field="heading")
    if sum(len(pictures_in(section.body)) for section in draft.sections) >= MAX_IMAGES:
        raise AppError(f"一个条目最多 {MAX_IMAGES} 张图：删掉一张再放")
    line = f"![{alt}]({IMAGES}/{name_of(picture.content)})"
    sections = list(draft.sections)
    place = next(n for n, section in enumerate(sections) if section.heading == picture.heading)
    sections[place] = DraftSection(picture.heading, f"{sections[place].body}\n\n{line}".strip())
    return replace(draft, sections=tuple(sections))


def store(shelf: Shelf, category: str, content: bytes) -> str:
    """Put the picture into the category's folder; returns its name. Raises AppError."""
    name = name_of(content)
    folder = shelf.local_dir / category / IMAGES
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole_bytes(folder / name, content)
    return name


def sweep(shelf: Shelf, category: str) -> list[str]:
    """Throw away uploaded pictures that no open draft, served entry or earlier version names; call it locked."""
    files = [file for file in (shelf.local_dir / category / IMAGES).glob("*") if _OURS.fullmatch(file.name)]
    if not files:
        return []
    named = {picture.name for text in _texts(shelf, category) for picture in pictures_in(text)}
    unused = [file for file in files if file.name not in named]
    for file in unused:
        file.unlink(missing_ok=True)
    return sorted(file.name for file in unused)


def _texts(shelf: Shelf, category: str) -> Iterator[str]:
    local = shelf.local_dir
    drafts = (
        local / DRAFTS / f"{sheet.key}.md"
        for sheet in shelf.sheets()
        if sheet.state in OPEN and sheet.entry_id.startswith(f"{category}/")
    )
    for file in (*drafts, *(local / category).glob("*.md"), *(local / HISTORY / category).glob("*/*.md")):
        yield _read(file)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
