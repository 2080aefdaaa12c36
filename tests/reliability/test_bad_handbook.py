"""Sixty broken files dropped into the handbook while people ask: the old one answers, and the reason is named (test 17)."""

import threading
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from handbook.service import HandbookService

QUESTION = "货车营运证怎么办理第3种"


def bomb() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 5_000_000)
    return buffer.getvalue()


def broken(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents of files that are no entries."""
    text = good.decode()
    for share in range(1, 21):  # half-written
        yield f"cut{share}.md", good[: len(good) * share // 24]
    yield "gbk.md", text.encode("gbk", "replace")
    yield "utf16.md", text.encode("utf-16")
    yield "nul.md", good.replace("：".encode(), b"\x00", 3)
    yield "empty.md", b""
    yield "blank.md", b"\n" * 500
    yield "binary.md", bytes(range(256)) * 40
    yield "bomb.md", bomb()
    yield "huge.md", good + b"x" * 2_000_000
    yield "deep.md", good.replace(b"keywords: [", b"keywords: " + b"[" * 300, 1)
    yield "script.md", good.replace("窗口办".encode(), b"<script>alert(1)</script>", 1)
    yield "yaml.md", good.replace(b"title:", b"title: !!python/object/apply:os.system ['true']\nold:", 1)
    yield "alias.md", good.replace(b"title:", b"a: &a [x,x,x]\nb: [*a,*a,*a]\ntitle:", 1)
    for field in (
        "title",
        "questions",
        "unlike",
        "department",
        "category",
        "kind",
        "basis",
        "approved",
        "reviewed",
    ):
        yield f"no-{field}.md", text.replace(f"{field}:", f"{field}-gone:", 1).encode()
        yield f"odd-{field}.md", text.replace(f"{field}:", f"{field}: 13\n{field}2:", 1).encode()
    for heading in ("办理条件", "所需材料", "办理流程", "办理时限与费用", "办理渠道"):
        yield f"no-{heading}.md", text.replace(f"## {heading}", f"# {heading}", 1).encode()
        yield f"twice-{heading}.md", text.replace("## 常见问题", f"## {heading}", 1).encode()
    yield "date.md", text.replace("reviewed: 2026-11-20", "reviewed: 2026-13-45", 1).encode()


def test_broken_files_change_nothing_for_those_who_ask(tmp_path: Path, small_handbook: Any) -> None:
    sources = small_handbook(tmp_path)
    service = HandbookService(sources)
    folder = sources.kb_dir / "permit"
    good = (folder / "matter0.md").read_bytes()
    expected = service.search(QUESTION)
    assert expected.best is not None
    wrong: list[object] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                found = service.search(QUESTION).best
                if found is None or found.entry.id != expected.best.entry.id:
                    wrong.append(found)
            except Exception as error:
                wrong.append(error)
            time.sleep(0.02)

    asking = threading.Thread(target=ask)
    asking.start()
    unnamed, count = [], 0
    for name, content in broken(good):
        count += 1
        file = folder / name
        file.write_bytes(content)
        was_taken = service.reload_if_changed()
        if was_taken or not any(name in problem.path for problem in service.problems):
            unnamed.append(name)
        file.unlink()
    loop = folder / "loop.md"
    loop.symlink_to(loop)
    service.reload_if_changed()
    over.set()
    asking.join()
    assert wrong == []
    assert count >= 60
    assert unnamed == []


def test_an_edit_is_said_within_five_seconds(tmp_path: Path, small_handbook: Any) -> None:
    """The worker looks every round; one look at the folder costs milliseconds."""
    service = HandbookService(small_handbook(tmp_path))
    (tmp_path / "kb" / "permit" / "bad.md").write_text("nothing", "utf-8")
    began = time.monotonic()
    assert not service.reload_if_changed()
    assert service.problems
    assert time.monotonic() - began < 5
