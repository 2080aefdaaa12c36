"""Cut texts are taken over from build to build: never stale, and the same whoever cut them and when."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from handbook import cut_store, cutting
from handbook.channels import segmenter_of
from handbook.cut_store import read_cuts, store_cuts
from handbook.cutting import Cuts, Use, cut_texts
from handbook.entry import Entry
from handbook.lexicon_store import open_lexicon
from handbook.loader import load
from handbook.text import Segmenter

ROOT = Path(__file__).parents[2]
TEXTS = [
    (Use.PHRASING, "面包店怎么办证"),
    (Use.BODY, "带上身份证 到窗口办 getihu"),
    (Use.LINE, "面包店旁边"),
    (Use.PHRASING, "货车营运证怎么办"),
]


def spelt(cuts: Cuts) -> list[list[list[str]]]:
    """Every text's tokens by kind."""
    return [
        [
            [cuts.tokens[number] for number in cuts.flats[kind].between(place, place + 1)[0]]
            for kind in cutting.KINDS
        ]
        for place in range(len(cuts.keys))
    ]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of an index folder, by what is in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.parts[-2] != "_words"
    }


def entries_of(kb: Path, variables: dict[str, str]) -> tuple[Entry, ...]:
    return load(kb, variables=variables).entries


def test_several_processes_build_the_same_bytes_as_one(
    kb: Path, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words of the handbook's own dictionary are known in the other processes, too."""
    (kb / "_dictionary.txt").write_text("面包店怎么办\n", "utf-8")
    entries, segmenter = entries_of(kb, variables), segmenter_of([kb])
    open_lexicon(entries, segmenter, ["没人答的问题"], tmp_path / "one")
    monkeypatch.setattr(cutting, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(cutting, "_PIECE", 400)
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0, 1})
    monkeypatch.setattr(cutting, "cut_piece", None)  # in this process it would fail
    open_lexicon(entries, segmenter, ["没人答的问题"], tmp_path / "two")
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one == two
    assert any("面包店怎么办\n".encode() in content for content in one.values())


def test_a_killed_build_leaves_no_process_behind(tmp_path: Path) -> None:
    """Workers end with whoever started them, also where that one had no time to tell them."""
    code = """
from handbook import cutting
from handbook.text import Segmenter
cutting.WORTH_PROCESSES, cutting._PIECE = 0, 2_000
cutting.os.sched_getaffinity = lambda _process: {0, 1}
cutting.cut_texts([(cutting.Use.BODY, f"第{number}件事带上身份证到窗口办" * 9) for number in range(90_000)], Segmenter())
"""
    build = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    workers: set[int] = set()
    deadline = time.monotonic() + 60
    while not workers and time.monotonic() < deadline:
        time.sleep(0.1)
        workers = {
            pid for pid, parent, command in processes() if parent == build.pid and "spawn_main" in command
        }
    time.sleep(1.5)  # long enough for their watch to start
    build.kill()
    build.wait()
    assert workers
    while workers & {pid for pid, *_ in processes()} and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not workers & {pid for pid, *_ in processes()}


def processes() -> list[tuple[int, int, str]]:
    """Every process of this machine: its number, its parent's, its command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            found.append((int(folder.name), parent, (folder / "cmdline").read_text()))
        except (OSError, ValueError):
            continue
    return found


def test_where_processes_cannot_start_one_cuts_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter = Segmenter()
    expected = spelt(cut_texts(TEXTS, segmenter))

    def refused(*_arguments: object) -> None:
        raise PermissionError("no processes here")

    monkeypatch.setattr(cutting, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(cutting, "_PIECE", 1)
    monkeypatch.setattr(cutting, "_cut_by_processes", refused)
    assert spelt(cut_texts(TEXTS, segmenter)) == expected


def test_an_edit_cuts_one_phrasing_and_gives_the_same_bytes_as_a_new_build(
    kb: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    entries, segmenter = list(entries_of(kb, variables)), segmenter_of([kb])
    assert open_lexicon(entries, segmenter, (), tmp_path / "kept").fresh > 0
    assert open_lexicon(entries, segmenter, (), tmp_path / "kept").fresh == 0
    first = entries[0]
    entries[0] = replace(first, questions=("从没写过的一句", *first.questions[1:]))
    assert open_lexicon(entries, segmenter, (), tmp_path / "kept").fresh == 1
    open_lexicon(entries, segmenter, (), tmp_path / "new")
    assert contents(tmp_path / "kept") == contents(tmp_path / "new")


def test_another_dictionary_takes_nothing_over(tmp_path: Path) -> None:
    """What cuts differently must not find what was cut before."""
    plain, own = Segmenter(), Segmenter(["面包店怎么办证"])
    store_cuts(tmp_path, plain, cut_texts(TEXTS, plain))
    assert read_cuts(tmp_path, plain) is not None
    assert read_cuts(tmp_path, own) is None
    found = cut_texts(TEXTS, own, read_cuts(tmp_path, own))
    assert found.fresh == len(TEXTS)
    assert spelt(found)[0][0] == ["面包店怎么办证"]


def test_another_recipe_or_table_of_sounds_takes_nothing_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenter = Segmenter()
    store_cuts(tmp_path, segmenter, cut_texts(TEXTS, segmenter))
    with monkeypatch.context() as patched:
        patched.setattr(cut_store, "RECIPE", "another")
        assert read_cuts(tmp_path, segmenter) is None
    monkeypatch.setattr(cut_store, "version", lambda _name: "another")
    assert read_cuts(tmp_path, segmenter) is None


@pytest.mark.parametrize(
    "name", ["manifest.json", "keys.npy", "tokens.txt", "words.numbers.npy", "sounds.starts.npy"]
)
def test_changed_files_are_cut_again(tmp_path: Path, name: str) -> None:
    """Also where the file is whole and its content merely wrong: the hashes say so."""
    segmenter = Segmenter()
    store_cuts(tmp_path, segmenter, cut_texts(TEXTS, segmenter))
    (folder,) = (tmp_path / "_cuts").iterdir()
    data = bytearray((folder / name).read_bytes())
    data[-2] ^= 1
    (folder / name).write_bytes(data)
    assert read_cuts(tmp_path, segmenter) is None


def test_one_text_is_cut_anew_for_another_use(tmp_path: Path) -> None:
    """A line needs characters only; as a phrasing it needs words and sounds."""
    segmenter = Segmenter()
    kept = cut_texts([(Use.LINE, "面包店")], segmenter)
    found = cut_texts([(Use.PHRASING, "面包店")], segmenter, kept)
    assert found.fresh == 1
    assert all(spelt(found)[0])


def test_texts_are_found_again_in_any_order() -> None:
    segmenter = Segmenter()
    texts = [(Use.PHRASING, f"第{number}件事怎么办") for number in range(300)]
    kept = cut_texts(texts, segmenter)
    turned = [texts[place] for place in np.random.default_rng(1).permutation(len(texts))]
    again = cut_texts(turned, segmenter, kept)
    assert again.fresh == 0
    assert spelt(again) == spelt(cut_texts(turned, segmenter))
