"""What an index costs to build, and that a second build cuts and encodes only what changed."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.bench.retrieval import made
from app.bench.synthetic import PHRASINGS
from handbook.index import build_index
from handbook.lexicon_store import open_lexicon
from handbook.service import HandbookService


def index_costs(
    service: HandbookService, count: int, *, tell: Callable[[str], None], phrasings: int = PHRASINGS
) -> dict[str, Any]:
    """Build a made-up handbook, change one phrasing of one entry, build again."""
    with tempfile.TemporaryDirectory(prefix="qiying-bench-") as name:
        folder = Path(name)
        found = made(service, count, folder, phrasings=phrasings, tell=tell)
        entries = list(found.handbook.entries)
        first = entries[0]
        entries[0] = replace(
            first, questions=(*first.questions[:-1], "改过的一句问法"), fingerprint="edited"
        )  # fmt: skip
        before = found.handbook.lexicon
        start = time.perf_counter()
        lexicon = open_lexicon(entries, before.segmenter, before.outside, folder)
        cut = time.perf_counter()
        again = build_index(entries, lexicon, found.encoder, folder)
        after = {
            "cut": lexicon.fresh, "encoded": again.encoded, "reused": again.reused,
            "words_s": round(cut - start, 2), "vectors_s": round(time.perf_counter() - cut, 2),
        }  # fmt: skip
        return found.figures | {"after_one_edit": after}
