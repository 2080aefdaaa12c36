"""From handbook and plain texts to a shipped encoder and its calibration, in one go."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from handbook.calibrating import Sample, collect, fit
from handbook.calibration import SHIPPED as SHIPPED_CALIBRATION
from handbook.calibration import store_weights
from handbook.corpus import Family, Vocabulary, build_vocabulary, family_of, read_passages
from handbook.embedding import SHIPPED, encoder_fingerprint
from handbook.encoder_files import save_encoder
from handbook.entry import Entry
from handbook.features import ALL_COLUMNS, LEXICAL_COLUMNS
from handbook.fusion import Weights
from handbook.holdout import Fold, folds
from handbook.text import Segmenter, grams, normalise
from handbook.training import Ids, Recipe, StaticModel, Tick, learn_general, learn_handbook


@dataclass(frozen=True)
class Corpus:
    """Everything cut and numbered: passages of general text, families of the handbook, one vocabulary."""

    passages: Sequence[Sequence[Ids]]
    families: Sequence[Family]
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Outcome:
    """What a training left behind."""

    fingerprint: str
    lexical: Weights
    dense: Weights
    samples: Sequence[Sample]


@dataclass(frozen=True)
class Targets:
    """Where a training writes."""

    encoder: Path
    calibration: Path


def default_targets() -> Targets:
    """The shipped encoder and its calibration."""
    return Targets(SHIPPED, SHIPPED_CALIBRATION)


def train(
    entries: Sequence[Entry], outside: Sequence[str], segmenter: Segmenter, texts: Path, *,
    targets: Targets, recipe: Recipe, tick: Tick,
) -> Outcome:  # fmt: skip
    """Train, calibrate on folds that no fold's encoder has seen, write the encoder folder and the calibration.

    Same inputs, same machine, same result: every choice is drawn from the recipe's seed.
    """
    torch.manual_seed(recipe.seed)
    corpus = read_corpus(entries, texts, recipe, tick)
    model = StaticModel(corpus.vocabulary, recipe)
    learn_general(model, corpus.passages, recipe, tick)
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    samples: list[Sample] = []
    parts = folds(entries, outside)
    for number, fold in enumerate(parts):
        model.load_state_dict(start)
        samples += _held_out(model, fold, segmenter, recipe, tick)
        tick("校准折", number + 1, len(parts))
    model.load_state_dict(start)
    learn_handbook(model, corpus.families, recipe, tick)
    save_encoder(model, targets.encoder, model_card(entries, corpus, recipe))
    fingerprint = encoder_fingerprint(str(targets.encoder))
    lexical = fit(samples, columns=LEXICAL_COLUMNS)
    dense = fit(samples, columns=ALL_COLUMNS, encoder=fingerprint)
    store_weights(targets.calibration, lexical=lexical, dense=dense, note=_note(samples))
    return Outcome(fingerprint, lexical, dense, samples)


def read_corpus(entries: Sequence[Entry], texts: Path, recipe: Recipe, tick: Tick) -> Corpus:
    """Cut all training text; the handbook's own tokens come first in the vocabulary."""
    groups = read_passages(texts, limit=recipe.passages, seed=recipe.seed)
    tick("读取文本", len(groups), recipe.passages)
    cut = [[grams(normalise(text)) for text in group] for group in groups]
    families = [family_of(entry) for entry in entries]
    own = [
        grams(normalise(text))
        for family in families
        for text in (*family.phrasings, *family.body, *family.unlike)
    ]
    vocabulary = build_vocabulary(cut, own, size=recipe.vocabulary)
    return Corpus([[vocabulary.ids(tokens) for tokens in group] for group in cut], families, vocabulary)


def _held_out(
    model: StaticModel, fold: Fold, segmenter: Segmenter, recipe: Recipe, tick: Tick
) -> list[Sample]:
    learn_handbook(model, [family_of(entry) for entry in fold.entries], recipe, tick)
    return collect([fold], segmenter, [model.encode], lambda _: None)


def _note(samples: Sequence[Sample]) -> str:
    answerable = sum(sample.answer >= 0 for sample in samples)
    return f"Measured on {answerable} held-out phrasings and {len(samples) - answerable} questions without an entry."


def model_card(entries: Sequence[Entry], corpus: Corpus, recipe: Recipe) -> str:
    """The README inside the encoder folder."""
    numbers = "\n".join(f"| {name} | {value} |" for name, value in asdict(recipe).items())
    phrasings = sum(len(family.phrasings) for family in corpus.families)
    return CARD.format(
        entries=len(entries), phrasings=phrasings, passages=len(corpus.passages),
        rows=len(corpus.vocabulary.rows), width=recipe.width, numbers=numbers,
    )  # fmt: skip


CARD = """---
library_name: sentence-transformers
language: zh
license: mit
---
# Qiying static encoder

A static embedding (the mean of one row per token; {rows} rows of {width} half-precision numbers) for short
Chinese questions about running a business. It loads offline with `SentenceTransformer(folder)`.

**Input.** Characters, bigrams and trigrams of the normalised text, separated by spaces (`grams.txt`); the
handbook's adapter spells them out. Plain text works, a little worse.

**Data and rights.** {entries} handbook entries of this project ({phrasings} phrasings, their bodies and their
near misses), written for it, MIT. {passages} passages drawn from the texts folder named on the command line:
PRC statutes (outside copyright, 著作权法 第五条), PAWS-X Chinese pairs ("may be freely used for any purpose"),
templates made for this project. No other data set, no other model.

**Training.** `qiying kb train-encoder --texts FOLDER`: random rows scaled by rarity, then sentences of one passage
against all others, then texts of one entry against other entries and its own near misses (multiple-negatives
ranking). Two cores, minutes. The calibration beside it was measured on fold models that had not seen the
questions.

| number | value |
|---|---|
{numbers}

**Limits.** It knows this handbook's vocabulary and that of statutes; word order, negation and long reasoning are
lost in a mean. Use it beside lexical channels and with a calibration, never with a bare cosine threshold.
"""
