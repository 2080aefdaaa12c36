"""The handbook in use: answers before the encoder is there, follows good edits, survives bad ones."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from handbook import service as service_module
from handbook.calibrating import neutral_weights
from handbook.embedding import SHIPPED, Encoder, EncoderUnavailable, folder_fault
from handbook.entry import Decision, Search
from handbook.service import HandbookService, Sources
from handbook.static_model import read_static

WORDS = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "子", "丑"]


def touch_later(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")


def test_it_answers_by_words_before_the_encoder_is_there(sources: Sources) -> None:
    service = HandbookService(sources)
    found: Search = service
    result = found.search("请问开面包店怎么办证呀")
    assert result.best is not None
    assert result.best.entry.id == "permit/bakery"
    assert result.degraded


@pytest.mark.parametrize(
    "text", ["", " ", "。。。", "😀", "\ud800", "\x00", "a" * 20_000, "?" * 5000, "（" * 300, "\u202e反\u202c", "1", "<script>", "'; DROP TABLE"]
)  # fmt: skip
def test_any_text_gets_a_decision(sources: Sources, text: str) -> None:
    """Search never fails the chat."""
    result = HandbookService(sources).search(text)
    assert result.query == text
    assert result.decision in Decision
    assert all(0 <= candidate.score <= 1 for candidate in result.candidates)


def test_an_encoder_that_cannot_load_is_a_stated_reason(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> Encoder:
        raise EncoderUnavailable("语义模型坏了")

    monkeypatch.setattr(service_module, "load_encoder", broken)
    service = HandbookService(sources)
    service.start_encoder()
    assert service.wait_for_encoder(10)
    result = service.search("面包店怎么办证")
    assert result.degraded == "语义模型坏了"
    assert result.best is not None


def test_a_model_folder_that_is_not_there_says_what_to_do(sources: Sources, tmp_path: Path) -> None:
    """In Chinese, at once, and search goes on by words."""
    nowhere = str(tmp_path / "models" / "none")
    service = HandbookService(replace(sources, embedding_model=nowhere))
    service.join_encoder()
    assert service.wait_for_encoder(0)
    assert service.degraded.startswith(f"没有「{nowhere}」这个语义模型文件夹：请核对 QIYING_EMBEDDING_MODEL")
    assert folder_fault(str(tmp_path)) == folder_fault("owner/name") == folder_fault("") == ""


def test_a_damaged_model_is_none_and_no_crash(tmp_path: Path) -> None:
    """Half a file, as after a full disk."""
    for name in ("modules.json", "tokenizer.json"):
        shutil.copy(SHIPPED / name, tmp_path)
    (tmp_path / "model.safetensors").write_bytes((SHIPPED / "model.safetensors").read_bytes()[:1000])
    assert read_static(tmp_path) is None


def test_an_uncalibrated_encoder_stays_out(
    sources: Sources, monkeypatch: pytest.MonkeyPatch, counting_encoder: Encoder
) -> None:
    monkeypatch.setattr(service_module, "load_encoder", lambda _: counting_encoder)
    service = HandbookService(sources)
    service.join_encoder()
    assert "校准" in service.degraded
    assert service.search("面包店怎么办证").best is not None


def test_a_good_edit_is_taken_over(sources: Sources, kb: Path, write: Callable[..., str]) -> None:
    service = HandbookService(sources)
    assert not service.reload_if_changed()
    touch_later(kb / "permit/ferry.md", write("渡口摆渡怎么办证", WORDS))
    assert service.reload_if_changed()
    assert not service.reload_if_changed()
    best = service.search("渡口摆渡怎么办证").best
    assert best is not None
    assert best.entry.id == "permit/ferry"


def test_a_bad_edit_is_refused_and_said_while_the_old_handbook_serves(sources: Sources, kb: Path) -> None:
    service = HandbookService(sources)
    file = kb / "permit/kiln.md"
    before = file.read_text("utf-8")
    touch_later(file, before.replace("不收费。", "<b>不收费</b>。"))
    assert not service.reload_if_changed()
    assert any("HTML" in problem.message for problem in service.problems)
    entry = service.entry("permit/kiln")
    assert entry is not None
    assert "<b>" not in entry.summary
    touch_later(file, before.replace("不收费。", "免费。"))
    assert service.reload_if_changed()
    assert service.problems == ()
    entry = service.entry("permit/kiln")
    assert entry is not None
    assert "免费。" in entry.summary


def test_an_emptied_folder_does_not_empty_the_handbook(sources: Sources, kb: Path) -> None:
    service = HandbookService(sources)
    for file in kb.glob("permit/*.md"):
        file.unlink()
    assert not service.reload_if_changed()
    assert len(service.public_entries()) == 3


def test_a_fault_that_was_there_at_start_does_not_block_other_edits(
    sources: Sources, kb: Path, write: Callable[..., str]
) -> None:
    (kb / "permit/broken.md").write_text("半截", "utf-8")
    service = HandbookService(sources)
    assert len(service.problems) == 1
    touch_later(kb / "permit/ferry.md", write("渡口摆渡怎么办证", WORDS))
    assert service.reload_if_changed()
    assert service.entry("permit/ferry") is not None


def test_a_local_folder_made_after_the_start_is_seen(
    sources: Sources, tmp_path: Path, write: Callable[..., str]
) -> None:
    service = HandbookService(sources)
    (tmp_path / "local/permit").mkdir(parents=True)
    touch_later(tmp_path / "local/permit/kiln.md", write("本区砖窑手续", WORDS))
    assert service.reload_if_changed()
    entry = service.entry("permit/kiln")
    assert entry is not None
    assert entry.title == "本区砖窑手续"


def test_entries_expire_by_the_business_clock(sources: Sources, kb: Path, write: Callable[..., str]) -> None:
    text = write("夏天补贴怎么领", WORDS, extra="effective: {to: 2026-12-31}\n")
    (kb / "permit/summer.md").write_text(text, "utf-8")
    assert HandbookService(sources, today=lambda: date(2026, 12, 31)).entry("permit/summer") is not None
    assert HandbookService(sources, today=lambda: date(2027, 1, 1)).entry("permit/summer") is None


def test_officer_entries_are_found_by_staff_only(sources: Sources, kb: Path) -> None:
    file = kb / "permit/kiln.md"
    file.write_text(file.read_text("utf-8").replace("audience: public", "audience: officer"), "utf-8")
    service = HandbookService(sources)
    assert [entry.id for entry in service.public_entries()] == ["permit/bakery", "permit/truck"]
    public = [candidate.entry.id for candidate in service.search("砖窑厂要什么手续").candidates]
    assert "permit/kiln" not in public
    best = service.search("砖窑厂要什么手续", staff=True).best
    assert best is not None
    assert best.entry.id == "permit/kiln"


def test_searching_while_reloading_never_fails(sources: Sources, kb: Path, write: Callable[..., str]) -> None:
    service = HandbookService(sources)
    stop = threading.Event()
    faults: list[BaseException] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                assert service.search("面包店怎么办证").best is not None
            except BaseException as error:  # the test collects whatever happens in the thread
                faults.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(4):
        touch_later(
            kb / f"permit/new-{number}.md",
            write(f"第{number}种新手续怎么办", [f"{number}{word}" for word in WORDS]),
        )
        assert service.reload_if_changed()
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []


def test_the_shipped_handbook_answers_within_two_seconds_of_start(
    variables: dict[str, str], tmp_path: Path
) -> None:
    """Processor time, with the word lists of the last start: the webhook answers within 3 s by the lexical channels."""
    root = Path(__file__).parents[2]
    sources = Sources(kb_dir=root / "kb", index_dir=tmp_path, district="ninghe", variables=variables)
    HandbookService(sources)
    start = time.process_time()
    assert HandbookService(sources).search("营业执照丢了").decision is Decision.ANSWER
    assert time.process_time() - start < 4  # twice the promise: a loaded machine


def test_neutral_weights_never_answer(sources: Sources) -> None:
    """Guards the calibration: features are taken from a handbook that decides nothing."""
    assert neutral_weights().answer_at == 1.0
