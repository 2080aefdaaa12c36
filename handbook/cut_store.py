"""Cut texts on disk, beside the index: the next build cuts only what it does not find here.

`<index_dir>/_cuts/<fingerprint>`; the fingerprint covers whatever cuts differently: dictionary, jieba, the table of
sounds, the recipe. Files are checked against the hashes in their manifest; what does not fit is cut again.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

from handbook.cutting import KINDS, Cuts, Flat
from handbook.fingerprint import of_texts
from handbook.folders import put_folder
from handbook.lines import read_lines, write_lines
from handbook.text import Segmenter

FOLDER = "_cuts"
MANIFEST = "manifest.json"
RECIPE = "1"  # change it whenever `text.characters`, `text.sounds` or `cutting.Use` give other tokens


def read_cuts(index_dir: Path, segmenter: Segmenter) -> Cuts | None:
    """What this segmenter cut last time, arrays mapped; None where there is nothing, or nothing whole."""
    folder = index_dir / FOLDER / fingerprint_of(segmenter)
    try:
        hashes = json.loads((folder / MANIFEST).read_text("utf-8"))["hashes"]
        if hashes != _hashes(folder) or set(hashes) != set(_files()):
            return None
        keys = np.load(folder / "keys.npy", mmap_mode="r", allow_pickle=False)
        flats = {
            kind: Flat(
                np.load(folder / f"{kind}.numbers.npy", mmap_mode="r", allow_pickle=False),
                np.load(folder / f"{kind}.starts.npy", mmap_mode="r", allow_pickle=False),
            )
            for kind in KINDS
        }
        return Cuts(keys, read_lines(folder / "tokens.txt"), flats)
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def store_cuts(index_dir: Path, segmenter: Segmenter, cuts: Cuts) -> bool:
    """Keep exactly these; False where the folder cannot be written."""

    def write(folder: Path) -> None:
        np.save(folder / "keys.npy", cuts.keys, allow_pickle=False)
        for kind, flat in cuts.flats.items():
            np.save(folder / f"{kind}.numbers.npy", flat.numbers, allow_pickle=False)
            np.save(folder / f"{kind}.starts.npy", flat.starts, allow_pickle=False)
        write_lines(folder / "tokens.txt", cuts.tokens)
        (folder / MANIFEST).write_text(json.dumps({"hashes": _hashes(folder)}, indent=1), "utf-8")

    return put_folder(index_dir / FOLDER, fingerprint_of(segmenter), write)


def fingerprint_of(segmenter: Segmenter) -> str:
    """Names the folder of one way to cut."""
    return of_texts([RECIPE, segmenter.fingerprint, version("pypinyin")])


def _files() -> tuple[str, ...]:
    arrays = (f"{kind}.{part}.npy" for kind in KINDS for part in ("numbers", "starts"))
    return ("keys.npy", "tokens.txt", *arrays)


def _hashes(folder: Path) -> dict[str, str]:
    found = {}
    for name in _files():
        with (folder / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
    return found
