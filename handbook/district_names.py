"""Districts that an entry names: one that there is none of hides the entry, or its section, without a word."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from handbook.entry import Problem
from handbook.fields import split_body
from handbook.frontmatter import Document, Item
from handbook.loader import Library


def unknown_districts(library: Library, known: Collection[str]) -> list[Problem]:
    """A problem for each name in `districts:` or behind a section's `@` that is not one of `known`."""
    return [
        Problem(document.path, line, f"没有名叫「{name}」的区", _advice(name, known))
        for document in library.documents.values()
        for name, line in _named(document)
        if name not in known
    ]


def _named(document: Document) -> Iterator[tuple[str, int]]:
    item = document.fields.get("districts")
    children: list[Item] = item.value if item is not None and isinstance(item.value, list) else []
    yield from ((child.value, child.line) for child in children if isinstance(child.value, str))
    yield from ((part.district, part.line) for part in split_body(document)[1] if part.district)


def _advice(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"是不是 {near[0]}？" if near else f"只能是：{'、'.join(sorted(known))}"
