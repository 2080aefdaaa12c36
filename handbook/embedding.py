"""The only door to sentence-transformers: load a model, encode texts to unit vectors, name it by content."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from handbook.vectors import Matrix

SHIPPED = Path(__file__).parent / "encoder"
BATCH = 256


class EncoderUnavailable(Exception):
    """The model cannot be loaded; the text says why, for people."""


@dataclass(frozen=True)
class Encoder:
    """A loaded model; `fingerprint` changes when its files do."""

    model: Any
    fingerprint: str

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors, shape (len(texts), width)."""
        if not texts:
            width = self.model.get_embedding_dimension()
            return np.zeros((0, int(width)), np.float32)
        vectors = self.model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, np.float32)


def load_encoder(name: str = "") -> Encoder:
    """A sentence-transformers model by folder or name; "" is the shipped one, which needs no network.

    Raises EncoderUnavailable.
    """
    try:
        from sentence_transformers import SentenceTransformer  # seconds of torch: only when an encoder is wanted

        model = SentenceTransformer(str(name or SHIPPED), device="cpu")
    except Exception as error:  # whatever a foreign model does, search goes on without it
        raise EncoderUnavailable(f"语义模型「{name or '自带'}」加载失败（{type(error).__name__}）") from error
    return Encoder(model, encoder_fingerprint(name))


def encoder_fingerprint(name: str = "") -> str:
    """Names a model without loading it: the content of a folder's files, or the hub name itself."""
    folder = Path(name) if name else SHIPPED
    digest = hashlib.sha256()
    if not folder.is_dir():
        return "hub-" + hashlib.sha256(name.encode()).hexdigest()[:12]
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in {".safetensors", ".json", ".txt", ".bin"}:
            digest.update(file.relative_to(folder).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
