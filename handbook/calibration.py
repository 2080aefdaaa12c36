"""Calibrated weights as files: the shipped ones, and those measured here for another encoder.

A calibration holds for the encoder it was measured on. Another encoder is uncalibrated, and stays out of the
answers, until `qiying kb calibrate` has run.
"""

import json
from pathlib import Path
from typing import Any

from handbook.fusion import Weights

SHIPPED = Path(__file__).parent / "calibration.json"
FILE_NAME = "calibration.json"


def lexical_weights() -> Weights:
    """The shipped weights for the lexical channels alone."""
    return Weights.from_json(_read(SHIPPED)["lexical"])


def dense_weights(encoder: str, index_dir: Path | None = None) -> Weights | None:
    """Weights measured on the encoder with this fingerprint, here first, then as shipped; None where there are none."""
    for file in [index_dir / FILE_NAME if index_dir is not None else None, SHIPPED]:
        if file is None or not file.is_file():
            continue
        try:
            weights = Weights.from_json(_read(file)["dense"])
        except (KeyError, ValueError, TypeError, AttributeError):
            continue
        if weights.encoder == encoder:
            return weights
    return None


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
