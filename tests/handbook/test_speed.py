"""What makes answers quick must not change them: the encoder without its framework, the stored word lists."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from handbook import lexicon_store
from handbook.channels import Lexicon, segmenter_of
from handbook.embedding import SHIPPED, load_encoder
from handbook.entry import Entry
from handbook.lexicon_build import build_lexicon
from handbook.lexicon_store import open_lexicon
from handbook.loader import load
from handbook.postings import Documents, build_postings
from handbook.service import HandbookService, Sources
from handbook.static_model import StaticModel, read_static
from handbook.text import grams, normalise

KINDS = Path(__file__).parent / "kinds.jsonl"
WORDS = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "子", "丑"]


def test_the_shipped_encoder_gives_what_its_framework_gives(real_service: HandbookService) -> None:
    """It is read without sentence-transformers; the vectors are the same."""
    from sentence_transformers import SentenceTransformer

    encoder = load_encoder()
    assert isinstance(encoder.model, StaticModel)
    texts = [text for entry in real_service.public_entries()[::9] for text in entry.phrasings[:6]]
    texts += ["", "zzz qqq", "ＡＰＰ上１３％的票", "個體戶　怎麼註冊？？"]
    model = SentenceTransformer(str(SHIPPED), device="cpu", local_files_only=True).float()
    known = frozenset(model.tokenizer.get_vocab())
    spelt = [" ".join(gram for gram in grams(normalise(text)) if gram in known) or " " for text in texts]
    expected = model.encode(spelt, convert_to_numpy=True)
    expected /= np.maximum(np.linalg.norm(expected, axis=1, keepdims=True), 1e-9)
    assert np.allclose(encoder.encode(texts), expected, atol=1e-5)


def test_another_kind_of_model_goes_through_the_framework(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text(
        '[{"path": "", "type": "sentence_transformers.models.Transformer"}]'
    )
    assert read_static(tmp_path) is None
    assert read_static(tmp_path / "none") is None


def test_asking_with_the_shipped_encoder_loads_no_framework() -> None:
    """Start-up and memory: torch is for other models and for training."""
    import subprocess
    import sys

    code = "import sys; from handbook.embedding import load_encoder; load_encoder().encode(['甲']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def read(kb: Path, variables: dict[str, str]) -> tuple[Entry, ...]:
    return load(kb, variables=variables).entries


def scores(lexicon: Lexicon) -> list[list[float]]:
    fields = (lexicon.words, lexicon.characters, lexicon.sounds, lexicon.wide)
    return [
        field.scores(field.look_up(["面包", "面", "包", "办证", "=man'bao"])).tolist() for field in fields
    ]


def test_stored_word_lists_are_those_that_were_built(
    kb: Path, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries, segmenter = read(kb, variables), segmenter_of([kb])
    built = build_lexicon(entries, segmenter, ["没人答的问题"])
    open_lexicon(entries, segmenter, ["没人答的问题"], tmp_path)
    monkeypatch.setattr(lexicon_store, "cut_and_build", None)  # building again would fail
    stored = open_lexicon(entries, segmenter, ["没人答的问题"], tmp_path)
    assert scores(stored) == scores(built)
    assert (stored.positive.texts, stored.negative.texts) == (built.positive.texts, built.negative.texts)
    assert (stored.outside, stored.exact, stored.size) == (built.outside, built.exact, built.size)


def test_an_edit_or_another_word_list_builds_anew_and_leaves_one_folder(
    kb: Path, variables: dict[str, str], tmp_path: Path, write: Callable[..., str]
) -> None:
    open_lexicon(read(kb, variables), segmenter_of([kb]), (), tmp_path)
    (kb / "permit/ferry.md").write_text(write("渡口怎么办", WORDS), "utf-8")
    assert open_lexicon(read(kb, variables), segmenter_of([kb]), (), tmp_path).size == 4
    first = {path.name for path in (tmp_path / "_lexicon").iterdir()}
    (kb / "_dictionary.txt").write_text("暖企驿站\n", "utf-8")
    open_lexicon(read(kb, variables), segmenter_of([kb]), (), tmp_path)
    second = {path.name for path in (tmp_path / "_lexicon").iterdir()}
    assert len(first) == len(second) == 1
    assert first != second


@pytest.mark.parametrize(
    "name", ["manifest.json", "words.documents.npy", "wide.starts.npy", "characters.txt", "exact.npy"]
)
@pytest.mark.parametrize("damage", [b"", b"half", b"\x93NUMPY\x01\x00v\x00{'descr': '<i8'"])
def test_damaged_word_lists_are_built_again(
    kb: Path, variables: dict[str, str], tmp_path: Path, name: str, damage: bytes
) -> None:
    entries, segmenter = read(kb, variables), segmenter_of([kb])
    before = scores(open_lexicon(entries, segmenter, (), tmp_path))
    (folder,) = (tmp_path / "_lexicon").iterdir()
    (folder / name).write_bytes(damage)
    assert scores(open_lexicon(entries, segmenter, (), tmp_path)) == before


def test_word_lists_that_point_outside_the_handbook_are_built_again(
    kb: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    """Whole files with wrong numbers would make every search fail."""
    entries, segmenter = read(kb, variables), segmenter_of([kb])
    before = scores(open_lexicon(entries, segmenter, (), tmp_path))
    (folder,) = (tmp_path / "_lexicon").iterdir()
    documents = np.load(folder / "characters.documents.npy")
    np.save(folder / "characters.documents.npy", documents + np.int32(1_000_000))
    assert scores(open_lexicon(entries, segmenter, (), tmp_path)) == before


def test_a_large_handbook_leaves_out_what_is_everywhere() -> None:
    owners, tokens = np.arange(100, dtype=np.int32), np.arange(1, 101, dtype=np.int32)
    documents = Documents(100, [(owners, np.zeros(100, np.int32)), (owners, tokens)])
    found = build_postings(
        {"entry": documents}, ["办", *(f"事{place}" for place in range(100))], drop_common=True
    )
    common, rare = found.look_up(["办"]), found.look_up(["事7"])
    assert found.masses(common)[0] == 0
    assert not found.scores(common).any()
    assert int(np.argmax(found.scores(rare))) == 7


def test_a_service_keeps_its_word_lists_beside_the_index(sources: Sources) -> None:
    """The second start opens them; jieba's dictionary lies there, too, not in a folder that anyone may write."""
    HandbookService(sources)
    assert list((sources.index_dir / "_lexicon").iterdir())
    assert list((sources.index_dir / "_words").iterdir())


def test_questions_asked_together_get_the_answers_they_get_alone(real_service: HandbookService) -> None:
    """Short ones, stories with many clauses, wordless ones, for enterprises and for the staff, in one go."""
    lines = [json.loads(line)["query"] for line in KINDS.read_text("utf-8").splitlines()]
    texts = [*lines[:40], "。".join(lines[40:44]), "？？", *lines[44:60], ""]
    asked = [(text, number % 5 == 0) for number, text in enumerate(texts)]
    handbook = real_service.handbook
    for (text, staff), together in zip(asked, handbook.search_each(asked), strict=True):
        alone = handbook.search(text, staff=staff)
        assert (together.query, together.decision) == (text, alone.decision)
        assert [item.entry.id for item in together.candidates] == [item.entry.id for item in alone.candidates]
        assert together.confidence == pytest.approx(alone.confidence, abs=1e-3)
