"""Calibrated weights as files: the shipped ones, and those measured here for another encoder.

A calibration holds for the encoder it was measured on. Another encoder is uncalibrated, and stays out of the
answers, until `qiying kb calibrate` (or `kb eval --calibrate`) has run.
"""

import json
from pathlib import Path
from typing import Any

from handbook.embedding import encoder_fingerprint
from handbook.fusion import Weights

SHIPPED = Path(__file__).parent / "calibration.json"
FILE_NAME = "calibration.json"


def lexical_weights() -> Weights:
    """The shipped weights for the lexical channels alone."""
    return Weights.from_json(_read(SHIPPED)["lexical"])


def dense_weights(encoder: str, index_dir: Path | None = None) -> Weights | None:
    """Weights measured on the encoder with this fingerprint, here first, then as shipped; None where there are none."""
    here = [] if index_dir is None else [file_for(encoder, index_dir), index_dir / FILE_NAME]
    for file in [*here, SHIPPED]:
        if not file.is_file():
            continue
        try:
            weights = Weights.from_json(_read(file)["dense"])
        except (KeyError, ValueError, TypeError, AttributeError):
            continue
        if weights.encoder == encoder:
            return weights
    return None


def file_for(encoder: str, index_dir: Path) -> Path:
    """Where the calibration of the encoder with this fingerprint lies: each has its own, so that going back is free."""
    return index_dir / f"calibration-{encoder}.json"


def shipped_dense_weights() -> Weights:
    """The shipped weights, whatever encoder they were measured on."""
    return Weights.from_json(_read(SHIPPED)["dense"])


def is_stale(model: str, index_dir: Path) -> bool:
    """Whether this model ("" the shipped one) has no calibration of its own, so that the bot answers by words alone."""
    return dense_weights(encoder_fingerprint(model), index_dir) is None


def store_weights(file: Path, *, lexical: Weights, dense: Weights | None, note: str) -> None:
    """Write both sets with a note on what they were measured on."""
    data: dict[str, Any] = {"note": note, "lexical": lexical.to_json()}
    if dense is not None:
        data["dense"] = dense.to_json()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _read(file: Path) -> dict[str, Any]:
    data = json.loads(file.read_text("utf-8"))
    if not isinstance(data, dict):
        raise ValueError(f"{file} holds no object")
    return data
