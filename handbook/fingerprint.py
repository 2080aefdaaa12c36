"""Pure: hashes that say whether an index, an encoder and a calibration belong together."""

import hashlib
from collections.abc import Iterable

from handbook.entry import Entry

RECIPE = "3"


def of_texts(parts: Iterable[str]) -> str:
    """A short hash over texts in order."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:16]


def of_entries(entries: Iterable[Entry]) -> str:
    """Changes when any served word changes."""
    return of_texts(text for entry in entries for text in (entry.id, entry.fingerprint))


def of_index(entries: Iterable[Entry], *, encoder: str, word_lists: Iterable[str]) -> str:
    """Names an index folder: entries, encoder, word lists and the recipe it was built with."""
    return of_texts([RECIPE, encoder, of_entries(entries), *word_lists])
