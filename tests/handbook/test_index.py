"""The index folder: written whole or not at all, reused where nothing changed, never trusted when damaged."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from handbook.channels import Lexicon, segmenter_of
from handbook.embedding import Encoder
from handbook.entry import Entry
from handbook.index import build_index
from handbook.lexicon_build import build_lexicon
from handbook.loader import load

WORDS = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "子", "丑"]


def read(kb: Path, variables: dict[str, str]) -> tuple[tuple[Entry, ...], Lexicon]:
    entries = load(kb, variables=variables).entries
    return entries, build_lexicon(entries, segmenter_of([kb]), ["没人答的问题"])


def test_a_second_build_encodes_nothing(
    kb: Path, variables: dict[str, str], tmp_path: Path, counting_encoder: Encoder
) -> None:
    entries, lexicon = read(kb, variables)
    first = build_index(entries, lexicon, counting_encoder, tmp_path / "index")
    again = build_index(entries, lexicon, counting_encoder, tmp_path / "index")
    assert first.encoded == first.phrasings + first.unlike + 1
    assert (again.encoded, again.reused) == (0, first.encoded)
    question = "面包店怎么办证"
    before, after = first.vectors.compare(question), again.vectors.compare(question)
    assert np.allclose(before.phrasing, after.phrasing)
    assert np.allclose(before.centroid, after.centroid)
    assert before.outside == pytest.approx(after.outside)


def test_an_edit_encodes_only_what_is_new(
    kb: Path, variables: dict[str, str], tmp_path: Path, counting_encoder: Encoder, write: Callable[..., str]
) -> None:
    build_index(*read(kb, variables), counting_encoder, tmp_path / "index")
    (kb / "permit/ferry.md").write_text(write("渡口怎么办", WORDS), "utf-8")
    report = build_index(*read(kb, variables), counting_encoder, tmp_path / "index")
    assert report.encoded == 1 + len(WORDS) + 3
    folders = [path for path in (tmp_path / "index").iterdir() if path.is_dir()]
    assert folders == [report.folder]
    assert (tmp_path / "index/current").read_text("utf-8") == report.folder.name


@pytest.mark.parametrize("name", ["manifest.json", "texts.json", "phrasings.faiss", "outside.faiss"])
def test_a_damaged_folder_is_rebuilt(
    kb: Path, variables: dict[str, str], tmp_path: Path, counting_encoder: Encoder, name: str
) -> None:
    entries, lexicon = read(kb, variables)
    report = build_index(entries, lexicon, counting_encoder, tmp_path / "index")
    (report.folder / name).write_bytes(b"half")
    assert build_index(entries, lexicon, counting_encoder, tmp_path / "index").encoded == report.encoded


def test_without_a_manifest_there_is_no_index(
    kb: Path, variables: dict[str, str], tmp_path: Path, counting_encoder: Encoder
) -> None:
    """manifest.json is written last: a build that was killed leaves nothing that looks whole."""
    entries, lexicon = read(kb, variables)
    report = build_index(entries, lexicon, counting_encoder, tmp_path / "index")
    (report.folder / "manifest.json").unlink()
    assert build_index(entries, lexicon, counting_encoder, tmp_path / "index").encoded == report.encoded


def test_another_encoder_reuses_nothing(
    kb: Path, variables: dict[str, str], tmp_path: Path, counting_encoder: Encoder
) -> None:
    entries, lexicon = read(kb, variables)
    report = build_index(entries, lexicon, counting_encoder, tmp_path / "index")
    other = Encoder(counting_encoder.model, "another")
    assert build_index(entries, lexicon, other, tmp_path / "index").encoded == report.encoded


def test_a_folder_that_cannot_be_written_serves_from_memory(
    kb: Path, variables: dict[str, str], tmp_path: Path, counting_encoder: Encoder
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", "utf-8")
    report = build_index(*read(kb, variables), counting_encoder, blocked / "index")
    assert report.vectors.compare("面包店怎么办证").phrasing.shape == (3,)
