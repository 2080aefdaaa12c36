"""The only door to sentence-transformers: load a model, encode texts to unit vectors, name it by content.

A folder with one static embedding over n-grams, as the shipped one, is read directly and needs no framework.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl

from handbook.static_model import StaticModel, read_static
from handbook.text import grams, normalise
from handbook.vectors import Matrix

SHIPPED = Path(__file__).parent / "encoder"
GRAMS_MARK = "grams.txt"
BATCH = 256
BY_WORDS = "在那之前只用字词回答，准确率低一些"
BACK_TO_OURS = f"请核对 QIYING_EMBEDDING_MODEL，清空就用回自带的；{BY_WORDS}"


class EncoderUnavailable(Exception):
    """The model cannot be loaded; the text says why, for people."""


@dataclass(frozen=True)
class Encoder:
    """A loaded model; `fingerprint` changes when its files do.

    A model that was trained on overlapping n-grams (its folder holds `grams.txt`) is given them spelt out,
    limited to `vocabulary`; any other gets the text as it is.
    """

    model: Any
    fingerprint: str
    vocabulary: frozenset[str] | None = None

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return int(self.model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors, shape (len(texts), width)."""
        if isinstance(self.model, StaticModel):
            return _unit(self.model.encode_texts(texts))
        if not texts:
            return np.zeros((0, self.width), np.float32)
        written = list(texts) if self.vocabulary is None else [self._spelt(text) for text in texts]
        vectors = self.model.encode(written, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True)
        return _unit(np.asarray(vectors, np.float32))

    def _spelt(self, text: str) -> str:
        known = self.vocabulary or frozenset()
        return " ".join(gram for gram in grams(normalise(text)) if gram in known) or " "


def load_encoder(name: str = "") -> Encoder:
    """A sentence-transformers model by folder or name; "" is the shipped one, which needs no network.

    Raises EncoderUnavailable.
    """
    folder = Path(name) if name else SHIPPED
    # A question is tiny: threads of one product only wait for each other when many people ask.
    threadpoolctl.threadpool_limits(1, user_api="blas")
    if (folder / GRAMS_MARK).is_file() and (static := read_static(folder)) is not None:
        return Encoder(static, encoder_fingerprint(name))
    if missing := folder_fault(name):
        raise EncoderUnavailable(missing)
    # What the download says of itself is English and repeats; our own line says what to do.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        # Seconds of loading: only when an encoder is wanted.
        import torch
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(name or SHIPPED), device="cpu", local_files_only=folder.is_dir())
        model.float()
        torch.set_num_threads(1)
        vocabulary = frozenset(model.tokenizer.get_vocab()) if (folder / GRAMS_MARK).is_file() else None
    except Exception as error:  # whatever a foreign model does, search goes on without it
        raise EncoderUnavailable(_why(name, type(error).__name__)) from error
    return Encoder(model, encoder_fingerprint(name), vocabulary)


def folder_fault(name: str) -> str:
    """What to do where this can only be meant as a folder and there is none; a public name is `owner/name`."""
    is_path = name.startswith(("/", ".", "~")) or name.count("/") > 1 or "\\" in name
    if not is_path or Path(name).is_dir():
        return ""
    return f"没有「{name}」这个语义模型文件夹：{BACK_TO_OURS}"


def _why(name: str, error: str) -> str:
    """One line for people: what is wrong with the model, and what to do."""
    if not name:
        return (
            f"自带的语义模型不全或坏了（{error}）：恢复随程序来的 handbook/encoder，"
            f"或运行 qiying kb train-encoder；{BY_WORDS}"
        )
    if Path(name).is_dir():
        return f"语义模型「{name}」的文件不全或坏了（{error}）：换一份完整的；{BACK_TO_OURS}"
    return f"语义模型「{name}」不在本机，也没有下载到（{error}）：先下载好再写它的文件夹；{BACK_TO_OURS}"


def _unit(matrix: Matrix) -> Matrix:
    return np.asarray(matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9), np.float32)


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
