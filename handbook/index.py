"""The index folder: FAISS files of one handbook and one encoder, `manifest.json` last, swapped in by one rename.

`<index_dir>/current` names the folder in use. Vectors of unchanged phrasings are taken over from it, so a
build after an edit encodes only what changed. A damaged or foreign folder is rebuilt, never trusted.
"""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from handbook.channels import Lexicon
from handbook.embedding import Encoder
from handbook.entry import Entry
from handbook.fingerprint import RECIPE, of_index
from handbook.folders import put_folder
from handbook.vectors import Halves, Vectors, assemble, with_indices

POINTER = "current"
MANIFEST = "manifest.json"
PIECE = 4096
LARGEST_IN_MEMORY = 50_000_000
_FILES = {
    "phrasings": "phrasings.faiss",
    "centroids": "centroids.faiss",
    "negatives": "unlike.faiss",
    "outside": "outside.faiss",
}

_TEXT_INDICES = ("phrasings", "negatives", "outside")


@dataclass(frozen=True)
class BuildReport:
    """What a build did: counts and where the result is."""

    entries: int
    phrasings: int
    unlike: int
    encoded: int
    reused: int
    folder: Path
    vectors: Vectors


def build_index(
    entries: Sequence[Entry],
    lexicon: Lexicon,
    encoder: Encoder,
    index_dir: Path,
    *,
    tick: Callable[[int, int], None] | None = None,
) -> BuildReport:
    """The vectors of this handbook: opened where the folder in use fits, built and stored otherwise.

    `tick` hears how many texts are done, of how many. Where the folder cannot be written the vectors serve from memory.
    """
    groups = (lexicon.positive.texts, lexicon.negative.texts, lexicon.outside)
    texts = [text for group in groups for text in group]
    fingerprint = of_index(entries, encoder=encoder.fingerprint, word_lists=texts)
    folder = index_dir / fingerprint
    counts = (len(entries), len(groups[0]), len(groups[1]))
    previous = _read_current(index_dir, encoder.fingerprint)
    if previous is not None and previous.fingerprint == fingerprint:
        vectors = with_indices(lexicon, previous.indices, encoder.encode)
        return BuildReport(*counts, 0, len(texts), folder, vectors)
    matrix, fresh = _encode(texts, previous, encoder, index_dir, tick)
    borders = (counts[1], counts[1] + counts[2])
    parts = (matrix[: borders[0]], matrix[borders[0] : borders[1]], matrix[borders[1] :])
    vectors = assemble(lexicon, *parts, encode=encoder.encode)
    _store(index_dir, folder, vectors, texts, matrix, encoder.fingerprint)
    return BuildReport(*counts, fresh, len(texts) - fresh, folder, vectors)


@dataclass(frozen=True)
class _Stored:
    fingerprint: str
    indices: dict[str, Any]
    texts: tuple[str, ...]
    vectors: Halves


def _read_current(index_dir: Path, encoder: str) -> _Stored | None:
    try:
        name = (index_dir / POINTER).read_text("utf-8").strip()
        folder = index_dir / name
        manifest: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        if manifest["encoder"] != encoder or manifest["recipe"] != RECIPE or manifest["fingerprint"] != name:
            return None
        texts = tuple(json.loads((folder / "texts.json").read_text("utf-8")))
        vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        indices = {key: faiss.read_index(str(folder / file)) for key, file in _FILES.items()}
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None
    if not sum(indices[key].ntotal for key in _TEXT_INDICES) == len(texts) == len(vectors):
        return None
    return _Stored(name, indices, texts, vectors)


def _encode(
    texts: Sequence[str],
    previous: _Stored | None,
    encoder: Encoder,
    index_dir: Path,
    tick: Callable[[int, int], None] | None,
) -> tuple[Halves, int]:
    """Every text's vector in half precision, piece by piece; known ones are copied. And how many were new."""
    known = {text: row for row, text in enumerate(previous.texts)} if previous is not None else {}
    matrix = _room(len(texts), encoder.width, index_dir)
    fresh = 0
    for start in range(0, len(texts), PIECE):
        piece = texts[start : start + PIECE]
        missing = list(dict.fromkeys(text for text in piece if text not in known))
        rows = dict(zip(missing, encoder.encode(missing), strict=True)) if missing else {}
        for place, text in enumerate(piece, start=start):
            if text in rows:
                matrix[place] = rows[text]
                fresh += 1
            elif previous is not None:
                matrix[place] = previous.vectors[known[text]]
        if tick is not None:
            tick(start + len(piece), len(texts))
    return matrix, fresh


def _room(count: int, width: int, index_dir: Path) -> Halves:
    """Space for vectors: memory for a usual handbook, a nameless file beside the index for a very large one."""
    if count * width < LARGEST_IN_MEMORY:
        return np.empty((count, width), np.float16)
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=index_dir) as file:
            return np.memmap(file, np.float16, "w+", shape=(count, width))
    except OSError:
        return np.empty((count, width), np.float16)


def _store(
    index_dir: Path, folder: Path, vectors: Vectors, texts: Sequence[str], matrix: Halves, encoder: str
) -> None:
    manifest = {
        "recipe": RECIPE, "fingerprint": folder.name, "encoder": encoder,
        "entries": vectors.count, "texts": len(texts),
    }  # fmt: skip

    def write(target: Path) -> None:
        for key, file in _FILES.items():
            faiss.write_index(getattr(vectors, key).index, str(target / file))
        np.save(target / "vectors.npy", matrix, allow_pickle=False)
        (target / "texts.json").write_text(json.dumps(list(texts), ensure_ascii=False), "utf-8")
        (target / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")

    put_folder(index_dir, folder.name, write, pointer=POINTER)
