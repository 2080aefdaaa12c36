"""The index folder: FAISS files of one handbook and one encoder, `manifest.json` last, swapped in by one rename.

`<index_dir>/current` names the folder in use. Vectors of unchanged phrasings are taken over from it, so a
build after an edit encodes only what changed. A damaged or foreign folder is rebuilt, never trusted.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from handbook.channels import Lexicon
from handbook.embedding import Encoder
from handbook.entry import Entry
from handbook.fingerprint import RECIPE, of_index
from handbook.lexical import Floats
from handbook.vectors import Matrix, Vectors, assemble

POINTER = "current"
MANIFEST = "manifest.json"
ABANDONED_S = 3600
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


def build_index(entries: Sequence[Entry], lexicon: Lexicon, encoder: Encoder, index_dir: Path) -> BuildReport:
    """The vectors of this handbook: opened where the folder in use fits, built and stored otherwise.

    Where the folder cannot be written the vectors serve from memory.
    """
    groups = (lexicon.positive.texts, lexicon.negative.texts, lexicon.outside)
    texts = [text for group in groups for text in group]
    fingerprint = of_index(entries, encoder=encoder.fingerprint, word_lists=texts)
    folder = index_dir / fingerprint
    counts = (len(entries), len(groups[0]), len(groups[1]))
    previous = _read_current(index_dir, encoder.fingerprint)
    if previous is not None and previous.fingerprint == fingerprint:
        owners = (lexicon.positive.owners, lexicon.negative.owners)
        vectors = Vectors(encoder.encode, len(entries), *owners, **previous.indices)
        return BuildReport(*counts, 0, len(texts), folder, vectors)
    known = previous.vectors() if previous is not None else {}
    encoded = [_encode(group, known, encoder) for group in groups]
    vectors = assemble(lexicon, *(matrix for matrix, _ in encoded), encode=encoder.encode)
    _store(index_dir, folder, vectors, texts, encoder.fingerprint)
    fresh = sum(number for _, number in encoded)
    return BuildReport(*counts, fresh, len(texts) - fresh, folder, vectors)


@dataclass(frozen=True)
class _Stored:
    fingerprint: str
    indices: dict[str, Any]
    known: tuple[str, ...]

    def vectors(self) -> dict[str, Floats]:
        parts = [self.indices[name].reconstruct_n(0, self.indices[name].ntotal) for name in _TEXT_INDICES]
        return dict(zip(self.known, np.concatenate(parts), strict=True))


def _read_current(index_dir: Path, encoder: str) -> _Stored | None:
    try:
        name = (index_dir / POINTER).read_text("utf-8").strip()
        folder = index_dir / name
        manifest: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        if manifest["encoder"] != encoder or manifest["recipe"] != RECIPE or manifest["fingerprint"] != name:
            return None
        texts = tuple(json.loads((folder / "texts.json").read_text("utf-8")))
        indices = {key: faiss.read_index(str(folder / file)) for key, file in _FILES.items()}
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return None
    if sum(indices[key].ntotal for key in _TEXT_INDICES) != len(texts):
        return None
    return _Stored(name, indices, texts)


def _encode(texts: Sequence[str], known: Mapping[str, Floats], encoder: Encoder) -> tuple[Matrix, int]:
    missing = [text for text in texts if text not in known]
    fresh = dict(zip(missing, encoder.encode(missing), strict=True))
    if not texts:
        return encoder.encode([]), 0
    return np.stack([fresh[text] if text in fresh else known[text] for text in texts]), len(missing)


def _store(index_dir: Path, folder: Path, vectors: Vectors, texts: Sequence[str], encoder: str) -> None:
    temporary: Path | None = None
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".building-", dir=index_dir))
        for key, file in _FILES.items():
            faiss.write_index(getattr(vectors, key), str(temporary / file))
        (temporary / "texts.json").write_text(json.dumps(list(texts), ensure_ascii=False), "utf-8")
        manifest = {
            "recipe": RECIPE, "fingerprint": folder.name, "encoder": encoder,
            "entries": vectors.count, "texts": len(texts),
        }  # fmt: skip
        (temporary / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        _swap(index_dir, temporary, folder)
    except (OSError, RuntimeError):
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _swap(index_dir: Path, temporary: Path, folder: Path) -> None:
    """Give the finished folder its name, point at it, and clear away what came before."""
    if folder.exists():
        shutil.rmtree(folder)
    temporary.rename(folder)
    pointer = index_dir / f".{POINTER}-{os.getpid()}"
    pointer.write_text(folder.name, "utf-8")
    pointer.replace(index_dir / POINTER)
    for other in index_dir.iterdir():
        if other.is_dir() and other != folder and not _is_under_way(other):
            shutil.rmtree(other, ignore_errors=True)


def _is_under_way(folder: Path) -> bool:
    """Whether another process may still be building here; what a kill left behind is an hour old some day."""
    if not folder.name.startswith("."):
        return False
    try:
        return time.time() - folder.stat().st_mtime < ABANDONED_S
    except OSError:
        return True
