"""Write a trained model as a sentence-transformers folder, with its card."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from handbook.corpus import UNKNOWN
from handbook.embedding import GRAMS_MARK
from handbook.training import StaticModel

_MARK_TEXT = "Input: NFKC, lower case, simplified; characters, bigrams, trigrams of each Han run, separated by spaces.\n"


def save_encoder(model: StaticModel, folder: Path, card: str) -> None:
    """Write the folder anew; it loads with `SentenceTransformer(folder)` and nothing else.

    Weights are half precision. Plain text works too (fewest pieces), a little worse than spelt-out n-grams.
    """
    rows = model.bag.weight.detach().clone()
    rows[0] = 0.0
    static = StaticEmbedding(_tokenizer(model.vocabulary.rows), embedding_weights=rows.to(torch.float16))
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        target = Path(temporary) / "encoder"
        SentenceTransformer(modules=[static], device="cpu").save(str(target), create_model_card=False)
        (target / GRAMS_MARK).write_text(_MARK_TEXT, "utf-8")
        (target / "README.md").write_text(card, "utf-8")
        _drop_versions(target / "config_sentence_transformers.json")
        if folder.exists():
            shutil.rmtree(folder)
        target.rename(folder)


def _tokenizer(rows: Mapping[str, int]) -> Tokenizer:
    """Splits at spaces; a piece that is no row falls into the fewest rows it can be made of."""
    ordered = sorted(rows, key=rows.__getitem__)
    tokenizer = Tokenizer(
        models.Unigram([(token, -10.0 if token == UNKNOWN else -1.0) for token in ordered], unk_id=0)
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def _drop_versions(file: Path) -> None:
    """Library versions say nothing about the weights and would change the fingerprint on every machine."""
    data = json.loads(file.read_text("utf-8"))
    data.pop("__version__", None)
    file.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
