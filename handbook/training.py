"""Train the shipped encoder: one command, two cores, minutes; every text it learns from is named in its card.

1. Start from random rows scaled by rarity. 2. Learn general language: sentences of one passage belong together.
3. Learn the handbook: phrasings and body sentences of one entry belong together, `unlike` lines do not.
Step 3 is repeated for each hold-out fold without the fold's questions, because a calibration must not be
measured on text that the encoder has learned.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from handbook.corpus import Family, Vocabulary
from handbook.text import grams, normalise

Ids = list[int]
Tick = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Recipe:
    """Every number that shapes a training."""

    width: int = 160
    vocabulary: int = 48_000
    passages: int = 60_000
    general_steps: int = 250
    general_batch: int = 768
    general_rate: float = 0.005
    steps: int = 600
    rate: float = 0.004
    dropout: float = 0.2
    body_share: float = 0.3
    scale: float = 20.0
    seed: int = 11


class StaticModel(nn.Module):
    """The mean of token rows, as a unit vector."""

    def __init__(self, vocabulary: Vocabulary, recipe: Recipe) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(recipe.seed)
        rows = torch.randn(len(vocabulary.rows), recipe.width, generator=generator) / recipe.width**0.5
        rows *= torch.tensor(vocabulary.weights, dtype=torch.float32)[:, None]
        self.bag = nn.EmbeddingBag.from_pretrained(rows, freeze=False, mode="mean", sparse=True)
        self.vocabulary = vocabulary

    def ids(self, text: str) -> Ids:
        """Rows of a text."""
        return self.vocabulary.ids(grams(normalise(text)))

    def forward(self, batch: Sequence[Ids]) -> Tensor:
        """Unit vectors, shape (len(batch), width)."""
        offsets = torch.tensor(np.cumsum([0, *(len(ids) for ids in batch[:-1])]))
        flat = torch.tensor([row for ids in batch for row in ids])
        return functional.normalize(self.bag(flat, offsets), dim=1)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts, for an index."""
        if not texts:
            return np.zeros((0, self.bag.embedding_dim), np.float32)
        with torch.no_grad():
            vectors: NDArray[np.float32] = self([self.ids(text) for text in texts]).numpy()
        return vectors


def learn_general(model: StaticModel, passages: Sequence[Sequence[Ids]], recipe: Recipe, tick: Tick) -> None:
    """Two sentences of one passage attract, all others in the batch repel."""
    chooser = random.Random(recipe.seed)

    def batch() -> Tensor:
        pairs = [
            chooser.sample(group, 2)
            for group in chooser.sample(list(passages), min(recipe.general_batch, len(passages)))
        ]
        left, right = (model([_thinned(pair[side], 0.1, chooser) for pair in pairs]) for side in (0, 1))
        return _contrast(left, right, recipe.scale)

    _descend(
        model, batch, recipe.general_steps, recipe.general_rate, lambda step, of: tick("通用文本", step, of)
    )


def learn_handbook(model: StaticModel, families: Sequence[Family], recipe: Recipe, tick: Tick) -> None:
    """Texts of one entry attract; other entries and the entry's own near misses repel."""
    chooser = random.Random(recipe.seed + 1)
    known = [
        ([model.ids(t) for t in family.phrasings], [model.ids(t) for t in family.body], [model.ids(t) for t in family.unlike] or [[0]])
        for family in families
    ]  # fmt: skip

    def thin(ids: Ids) -> Ids:
        return _thinned(ids, recipe.dropout, chooser)

    def batch() -> Tensor:
        left = model([thin(chooser.choice(phrasings)) for phrasings, _, _ in known])
        right = model(
            [
                thin(chooser.choice(body if chooser.random() < recipe.body_share else own))
                for own, body, _ in known
            ]
        )
        misses = model([thin(chooser.choice(unlike)) for _, _, unlike in known])
        return _contrast(left, right, recipe.scale, misses) + _contrast(right, left, recipe.scale)

    _descend(model, batch, recipe.steps, recipe.rate, lambda step, of: tick("应答手册", step, of))


def _descend(
    model: StaticModel,
    loss_of_batch: Callable[[], Tensor],
    steps: int,
    rate: float,
    tick: Callable[[int, int], None],
) -> None:
    optimiser: Any = torch.optim.SparseAdam(list(model.parameters()), lr=rate)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - step / steps)
        optimiser.zero_grad()
        loss: Any = loss_of_batch()
        loss.backward()
        optimiser.step()
        if step % 50 == 49:
            tick(step + 1, steps)


def _contrast(left: Tensor, right: Tensor, scale: float, misses: Tensor | None = None) -> Tensor:
    """Multiple-negatives ranking; a row's own near miss is one negative more."""
    scores = left @ right.T * scale
    if misses is not None:
        scores = torch.cat([scores, (left * misses).sum(dim=1, keepdim=True) * scale], dim=1)
    return functional.cross_entropy(scores, torch.arange(len(left)))


def _thinned(ids: Ids, share: float, chooser: random.Random) -> Ids:
    return [row for row in ids if chooser.random() > share] or ids
