"""The lexical half of an index on disk: numbers in `.npy` files that are mapped, texts one a line.

`<index_dir>/_lexicon/<fingerprint>` holds what `cut_and_build` made of the same entries, word lists and recipe.
Opening it takes a tenth of the time of building it, and processes share its pages. Nothing in it is executable;
what is damaged or does not fit is built again.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handbook.channels import Lexicon, Phrasings
from handbook.cut_store import fingerprint_of, read_cuts, store_cuts
from handbook.entry import Entry
from handbook.fingerprint import of_texts
from handbook.folders import put_folder
from handbook.lexical import COMMON_SHARE, K1, B, Postings, owners_of
from handbook.lexicon_build import LARGE, cut_and_build
from handbook.lines import read_lines, write_lines
from handbook.media import without_media
from handbook.text import Segmenter

FOLDER = "_lexicon"
MANIFEST = "manifest.json"
RECIPE = "2"
_FIELDS = ("words", "characters", "sounds", "wide")
_ARRAYS = ("starts", "documents", "weights", "idf")


def open_lexicon(
    entries: Sequence[Entry], segmenter: Segmenter, outside: Sequence[str], index_dir: Path
) -> Lexicon:
    """The stored lexicon of this handbook, or a new one, which is stored for the next start.

    A new one takes over the cut texts of the last: after an edit only what is new is cut.
    """
    fingerprint = _fingerprint(entries, segmenter, outside)
    parent = index_dir / FOLDER
    found = _read(parent / fingerprint, segmenter)
    if found is not None and found.size == len(entries):
        return found
    lexicon, cuts = cut_and_build(entries, segmenter, outside, read_cuts(index_dir, segmenter))
    store_cuts(index_dir, segmenter, cuts)
    put_folder(parent, fingerprint, lambda folder: _write(folder, lexicon))
    return lexicon


def _fingerprint(entries: Sequence[Entry], segmenter: Segmenter, outside: Sequence[str]) -> str:
    recipe = [RECIPE, str(K1), str(B), str(COMMON_SHARE), str(LARGE), fingerprint_of(segmenter)]
    written = (text for entry in entries for text in _texts(entry))
    return of_texts([*recipe, *outside, "", *written])


def _texts(entry: Entry) -> list[str]:
    """Every word of an entry that a channel sees."""
    bodies = [without_media(section.body) for section in entry.sections]
    return [
        entry.id, str(len(entry.phrasings)), *entry.phrasings, str(len(entry.unlike)), *entry.unlike,
        entry.summary, *entry.keywords, *bodies,
    ]  # fmt: skip


def _write(folder: Path, lexicon: Lexicon) -> None:
    for name in _FIELDS:
        postings: Postings = getattr(lexicon, name)
        for kind in _ARRAYS:
            np.save(folder / f"{name}.{kind}.npy", getattr(postings, kind), allow_pickle=False)
        write_lines(folder / f"{name}.txt", list(postings.vocabulary))
    for name in ("positive", "negative"):
        phrasings: Phrasings = getattr(lexicon, name)
        write_lines(folder / f"{name}.txt", phrasings.texts)
        np.save(folder / f"{name}.owners.npy", phrasings.owners, allow_pickle=False)
    write_lines(folder / "outside.txt", lexicon.outside)
    write_lines(folder / "exact.txt", list(lexicon.exact))
    np.save(folder / "exact.npy", np.fromiter(lexicon.exact.values(), np.int32), allow_pickle=False)
    fields = {name: [getattr(lexicon, name).names, getattr(lexicon, name).offsets] for name in _FIELDS}
    manifest = {"size": lexicon.size, "fields": fields}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")


def _read(folder: Path, segmenter: Segmenter) -> Lexicon | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        size = int(manifest["size"])
        postings = {name: _read_postings(folder, name, manifest["fields"][name]) for name in _FIELDS}
        positive, negative = (_read_phrasings(folder, name, size) for name in ("positive", "negative"))
        outside = tuple(read_lines(folder / "outside.txt"))
        exact = dict(zip(read_lines(folder / "exact.txt"), _load(folder / "exact.npy").tolist(), strict=True))
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError):
        return None
    if any(not 0 <= place < size for place in exact.values()):
        return None
    words, cut, sounds, wide = (postings[name] for name in _FIELDS)
    return Lexicon(segmenter, positive, negative, words, cut, sounds, wide, outside, exact, size)


def _read_postings(folder: Path, name: str, fields: Sequence[Sequence[object]]) -> Postings:
    starts, documents, weights, idf = (_load(folder / f"{name}.{kind}.npy") for kind in _ARRAYS)
    names, offsets = tuple(str(field) for field in fields[0]), tuple(int(str(place)) for place in fields[1])
    vocabulary: Mapping[str, int] = {
        token: row for row, token in enumerate(read_lines(folder / f"{name}.txt"))
    }
    is_whole = (
        [part.dtype for part in (starts, documents, weights, idf)]
        == [np.int64, np.int32, np.float32, np.float32]
        and len(names) + 1 == len(offsets)
        and idf.shape == (len(names), max(1, len(vocabulary)))
        and len(starts) == idf.shape[1] + 1
        and int(starts[0]) == 0
        and int(starts[-1]) == len(documents) == len(weights)
        and bool((np.diff(starts) >= 0).all())
        and int(documents.min(initial=0)) >= 0
        and int(documents.max(initial=-1)) < offsets[-1]
    )
    if not is_whole:
        raise ValueError(name)
    return Postings(names, offsets, vocabulary, starts, documents, weights, idf)


def _read_phrasings(folder: Path, name: str, size: int) -> Phrasings:
    texts = read_lines(folder / f"{name}.txt")
    owners = _load(folder / f"{name}.owners.npy")
    if (
        owners.dtype != np.int32
        or len(texts) != len(owners)
        or (np.diff(owners) < 0).any()
        or int(owners.max(initial=-1)) >= size
    ):
        raise ValueError(name)
    return Phrasings(tuple(texts), owners_of(owners))


def _load(file: Path) -> NDArray[Any]:
    """A mapped array as a plain one: slices of a mapped one cost a microsecond each."""
    mapped: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    return mapped.view(np.ndarray)
