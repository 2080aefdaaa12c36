"""Entries recognised in a document → drafts on the desk: which entry each is, where it belongs, what was guessed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.editing.desk import Desk
from app.editing.values import Person
from app.errors import AppError
from handbook.documents.recognised import Found
from handbook.drafting import slug_of
from handbook.entry import Entry, Search
from handbook.loader import Category, Library
from handbook.text import key

UNSORTED = "service"


@dataclass(frozen=True)
class Filed:
    """One entry of the document and its draft; `refused` says why there is none."""

    found: Found
    entry_id: str
    is_edit: bool
    notes: tuple[str, ...]
    key: str = ""
    refused: str = ""


def file_all(
    desk: Desk,
    found: Iterable[Found],
    search: Search,
    who: Person,
    now: datetime,
    *,
    source: str,
    dry_run: bool,
) -> list[Filed]:
    """Put each on the desk as a draft, in order; a title seen before in the same document is refused."""
    library = desk.library()
    owners = {key(text): entry for entry in library.entries for text in (*entry.questions, entry.title)}
    taken: dict[str, str] = {}
    filed = []
    for item in found:
        placed = _placed(item, library, owners, search, taken)
        if not placed.refused and not dry_run:
            placed = _put_in(desk, placed, who, now, source)
        if not placed.refused:
            taken[placed.entry_id] = item.draft.title
        filed.append(placed)
    return filed


def _placed(
    item: Found, library: Library, owners: Mapping[str, Entry], search: Search, taken: Mapping[str, str]
) -> Filed:
    notes = list(item.notes)
    if key(item.draft.title) in {key(title) for title in taken.values()}:
        return Filed(item, "", False, tuple(notes), refused="同一份文件里有相同的标题，只留第一条")
    owner = owners.get(key(item.draft.title))
    if owner is not None and owner.id not in taken:
        notes.append(f"和现有条目「{owner.title}」是同一个问题，写成对它的修改")
        return Filed(_completed(item, owner), owner.id, True, tuple(notes))
    folder = _folder(item.draft.category, library.categories)
    if folder is None:
        best = search.search(item.draft.title, staff=True).best
        folder = best.entry.id.split("/")[0] if best is not None else UNSORTED
        notes.append(f"类目按最相近的条目猜成「{_label(folder, library)}」，请核对")
    labelled = replace(item, draft=replace(item.draft, category=_label(folder, library)))
    return Filed(
        labelled, _free_id(folder, slug_of(item.draft.title) or "entry", library, taken), False, tuple(notes)
    )


def _completed(item: Found, owner: Entry) -> Found:
    """An edit keeps what the document does not speak of: phrasings, near misses, keywords, links."""
    draft = item.draft
    asked = tuple(dict.fromkeys((*draft.questions, *owner.questions)))
    kept = replace(
        draft,
        title=owner.title,
        questions=tuple(text for text in asked if key(text) != key(owner.title)),
        unlike=draft.unlike or owner.unlike,
        keywords=draft.keywords or owner.keywords,
        department=draft.department or owner.department,
        category=owner.category,
        audience=owner.audience,
        kind=owner.kind.value,
        basis=draft.basis or owner.basis,
        approved_by=draft.approved_by or owner.approved_by,
        review_every=str(owner.review_every),
        related=owner.related,
    )
    return replace(item, draft=kept)


def _put_in(desk: Desk, placed: Filed, who: Person, now: datetime, source: str) -> Filed:
    try:
        note = f"{source} {placed.found.place}"
        sheet = desk.put_in(placed.entry_id, placed.found.draft, who, now, note=note)
    except AppError as error:
        return replace(placed, refused=error.message)
    return replace(placed, key=sheet.key)


def _folder(label: str, categories: Mapping[str, Category]) -> str | None:
    """The folder for a category as the document calls it: by label or by folder name, or one within the other."""
    wanted = key(label)
    if not wanted:
        return None
    for category in categories.values():
        if wanted in (key(category.label), category.folder):
            return category.folder
    near = [c.folder for c in categories.values() if wanted in key(c.label) or key(c.label) in wanted]
    return near[0] if len(near) == 1 else None


def _label(folder: str, library: Library) -> str:
    category = library.categories.get(folder)
    return category.label if category is not None else folder


def _free_id(folder: str, slug: str, library: Library, taken: Mapping[str, str]) -> str:
    for number in range(1, 1000):
        entry_id = f"{folder}/{slug}" if number == 1 else f"{folder}/{slug}-{number}"
        if entry_id not in library.documents and entry_id not in taken:
            return entry_id
    return f"{folder}/{slug}-more"
