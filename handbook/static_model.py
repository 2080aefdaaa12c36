"""A static embedding without its framework: one row per token, a text is the mean of its rows.

The shipped encoder is a sentence-transformers model of this kind. Reading its two files takes a tenth of a second
and 30 MB, the framework seconds and hundreds; any other model goes through the framework.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handbook.text import grams, normalise

Matrix = NDArray[np.float32]
_WEIGHTS = "embedding.weight"
_PLAIN = [{"type": "NFKC"}, {"type": "Lowercase"}]


@dataclass(frozen=True)
class StaticModel:
    """Rows by token; row numbers are those of the tokenizer."""

    table: Matrix
    rows: Mapping[str, int]

    def get_embedding_dimension(self) -> int:
        """Numbers in a vector."""
        return int(self.table.shape[1])

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """The mean row of each text's known n-grams, zeros where none is known; shape (len(texts), width)."""
        known = self.rows
        cut = [[known[gram] for gram in grams(normalise(text)) if gram in known] for text in texts]
        result = np.zeros((len(texts), self.table.shape[1]), np.float32)
        for place, rows in enumerate(cut):
            if rows:
                result[place] = self.table[rows].mean(axis=0)
        return result


def read_static(folder: Path) -> StaticModel | None:
    """The model in a sentence-transformers folder, or None where it is more than one static embedding, or damaged."""
    from safetensors import SafetensorError  # only where a model is read
    from safetensors.numpy import load_file

    try:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        if len(modules) != 1 or not str(modules[0]["type"]).endswith(".StaticEmbedding"):
            return None
        base = folder / str(modules[0]["path"])
        rows = _whole_tokens(json.loads((base / "tokenizer.json").read_text("utf-8")))
        if rows is None:
            return None
        table = np.asarray(load_file(str(base / "model.safetensors"))[_WEIGHTS], np.float32)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        return None
    return StaticModel(table, rows) if len(table) == len(rows) else None


def _whole_tokens(tokenizer: Mapping[str, Any]) -> dict[str, int] | None:
    """Token → row where the tokenizer keeps every known token whole, so that a look-up gives what it gives."""
    model = tokenizer["model"]
    normalizers = (tokenizer.get("normalizer") or {}).get("normalizers", [])
    is_plain = (
        all(step in _PLAIN for step in normalizers)
        and tokenizer["pre_tokenizer"] == {"type": "WhitespaceSplit"}
        and tokenizer["post_processor"] is None
        and not tokenizer["added_tokens"]
    )
    if not is_plain or model["type"] != "Unigram" or model.get("byte_fallback"):
        return None
    scores = {score for row, (_, score) in enumerate(model["vocab"]) if row != model["unk_id"]}
    if len(scores) != 1 or scores.pop() >= 0:  # equal costs: the fewest pieces win
        return None
    return {token: row for row, (token, _) in enumerate(model["vocab"])}
