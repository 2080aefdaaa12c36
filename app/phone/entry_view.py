"""A handbook entry as its phone page shows it. Pure: values in, values out."""

import hashlib
from dataclasses import dataclass
from datetime import date

from app.phone.markdown import Block, BlockKind, Renderer, is_safe_address
from handbook.entry import Basis, Entry, Kind, Section

MATERIALS = "材料"
SHOWN_KINDS = frozenset({Kind.ANSWER, Kind.POLICY, Kind.CASE, Kind.REDIRECT, Kind.OUT_OF_SCOPE})


@dataclass(frozen=True)
class SectionView:
    """One part; a list of materials can be ticked off, `key` changes when the list does."""

    heading: str
    blocks: tuple[Block, ...]
    is_checklist: bool
    key: str


@dataclass(frozen=True)
class BasisView:
    """A legal basis as one line; `url` empty unless it is safe to follow."""

    text: str
    url: str


@dataclass(frozen=True)
class EntryView:
    """The whole page. Internal notes are left out by construction."""

    id: str
    title: str
    summary: str
    sections: tuple[SectionView, ...]
    basis: tuple[BasisView, ...]
    department: str
    reviewed: date | None
    is_expired: bool


def may_be_shown(entry: Entry | None) -> bool:
    """Whether strangers may read this entry: public, and something to read rather than small talk."""
    return entry is not None and entry.is_public and entry.kind in SHOWN_KINDS


def view_of(entry: Entry, renderer: Renderer, today: date) -> EntryView:
    """The entry for its page; today decides whether it has run out."""
    return EntryView(
        id=entry.id,
        title=entry.title,
        summary=renderer.html(entry.summary),
        sections=tuple(_section(part, entry.id, renderer) for part in entry.sections),
        basis=tuple(_basis(basis) for basis in entry.basis),
        department=entry.department,
        reviewed=entry.reviewed,
        is_expired=entry.effective_to is not None and entry.effective_to < today,
    )


def _section(part: Section, entry_id: str, renderer: Renderer) -> SectionView:
    blocks = renderer.blocks(part.body, entry_id)
    is_checklist = MATERIALS in part.heading and any(block.kind is BlockKind.ITEMS for block in blocks)
    key = hashlib.sha256(part.body.encode()).hexdigest()[:12]
    return SectionView(heading=part.heading, blocks=blocks, is_checklist=is_checklist, key=key)


def _basis(basis: Basis) -> BasisView:
    title = basis.title if basis.title.startswith("《") else f"《{basis.title}》"
    return BasisView(f"{title}{basis.article}", basis.url if is_safe_address(basis.url) else "")
