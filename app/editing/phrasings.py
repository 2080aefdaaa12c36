"""Phrasings that an editor accepts one by one: lines of `<local>/_phrasings/<id>.txt`, beside the shipped ones.

The entry itself stays as it is, so a shipped one keeps getting better with the product. The bot takes the file
over within a minute, like any other edit.
"""

from pathlib import Path

from app.editing import privacy
from app.editing.desk import Desk
from app.editing.proposing import MAX_QUESTION
from app.editing.shelf import require_id, write_whole
from app.errors import AppError, Conflict, NotFound
from handbook.loader import MORE_FOLDER
from handbook.text import key, read_word_list

SHORTEST = 2


def teach(desk: Desk, entry_id: str, phrasing: str) -> str:
    """Add a phrasing to an entry and return it as written. Raises NotFound, Conflict where an entry has it
    already, AppError where it is too long, too short or names somebody."""
    line = tidy(phrasing)
    if not SHORTEST <= len(line) <= MAX_QUESTION:
        raise AppError(
            f"问法要在 {SHORTEST} 到 {MAX_QUESTION} 个字之间：长的只留说需求的那一句", field="phrasing"
        )
    named = privacy.flags(line)
    if named:
        raise AppError(privacy.explained(named), field="phrasing")
    with desk.shelf.locked():
        entries = desk.library().entries
        if not any(entry.id == entry_id for entry in entries):
            raise NotFound("没有这个条目")
        owner = next((e for e in entries if key(line) in {key(text) for text in e.phrasings}), None)
        if owner is not None:
            own = "这个条目" if owner.id == entry_id else f"「{owner.title}」"
            raise Conflict(f"{own}已经有这句问法，不用再加", field="phrasing")
        file = _file(desk, entry_id)
        write_whole(file, "".join(f"{text}\n" for text in [*read_word_list(file), line]))
    return line


def forget(desk: Desk, entry_id: str, phrasing: str) -> None:
    """Take a phrasing away again; nothing happens where it is not there."""
    with desk.shelf.locked():
        file = _file(desk, entry_id)
        kept = [text for text in read_word_list(file) if key(text) != key(phrasing)]
        write_whole(file, "".join(f"{text}\n" for text in kept))


def tidy(text: str) -> str:
    """One line: blanks joined, and no sign that would start a comment."""
    return " ".join(text.replace("#", " ").split())


def _file(desk: Desk, entry_id: str) -> Path:
    require_id(entry_id)
    file = desk.local_dir / MORE_FOLDER / f"{entry_id}.txt"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return file
