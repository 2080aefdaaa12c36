"""Calibrate for a foreign encoder: it has not seen the handbook, so one model serves every fold."""

from collections.abc import Callable

from handbook.calibrating import collect, fit, is_enough
from handbook.calibration import file_for, store_weights
from handbook.channels import outside_of, segmenter_of
from handbook.embedding import load_encoder
from handbook.features import ALL_COLUMNS, LEXICAL_COLUMNS
from handbook.fusion import Weights
from handbook.holdout import folds
from handbook.loader import Library
from handbook.service import Sources


class NotEnoughEntries(Exception):
    """The handbook is too small to calibrate on, or the encoder must be trained instead; the text says which."""


def recalibrate(sources: Sources, library: Library, *, tick: Callable[[str, str], None]) -> Weights:
    """Measure the configured model on held-out phrasings and store the weights in the index folder.

    The shipped encoder has learned the phrasings of the handbook: it is calibrated by its own training only.
    Raises NotEnoughEntries, EncoderUnavailable.
    """
    if not sources.embedding_model:
        raise NotEnoughEntries(
            "自带的语义模型在训练时已经校准（kb train-encoder）；换了 QIYING_EMBEDDING_MODEL 才需要这一步"
        )
    if not is_enough(library.entries):
        raise NotEnoughEntries("条目太少，校准不准：至少要 50 个有 12 条问法的条目")
    encoder = load_encoder(sources.embedding_model)
    parts = folds(library.entries, outside_of(sources.folders))
    segmenter = segmenter_of(sources.folders)
    samples = collect(
        parts, segmenter, [encoder.encode] * len(parts), lambda count: tick("留出的问法", str(count))
    )
    lexical = fit(samples, columns=LEXICAL_COLUMNS)
    dense = fit(samples, columns=ALL_COLUMNS, encoder=encoder.fingerprint)
    store_weights(
        file_for(encoder.fingerprint, sources.index_dir),
        lexical=lexical,
        dense=dense,
        note=f"{len(samples)} held-out questions",
    )
    return dense
