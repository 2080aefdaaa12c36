"""An edit of the handbook is served within ten seconds by every process, also by web processes without a worker."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

WITHIN_S = 10.0


@pytest.mark.parametrize("arguments", [(), ("--no-worker",)], ids=["with a worker", "without"])
def test_an_edit_is_served_within_ten_seconds(
    new_server: Callable[..., Any],
    small_handbook: Callable[[Path], Any],
    tmp_path: Path,
    arguments: tuple[str, ...],
) -> None:
    sources = small_handbook(tmp_path)
    server = new_server("", *arguments, QIYING_KB_DIR=str(sources.kb_dir))
    server.start()
    file = sources.kb_dir / "permit" / "matter0.md"
    assert "五个工作日办好" in page(server)
    file.write_text(file.read_text("utf-8").replace("五个工作日办好", "三个工作日办好"), "utf-8")
    began = time.monotonic()
    while "三个工作日办好" not in page(server):
        assert time.monotonic() - began < WITHIN_S, "still the old words"
        time.sleep(0.2)
    server.stop()


def page(server: Any) -> str:
    """The entry as a phone shows it."""
    with urlopen(f"{server.address}/h/permit/matter0", timeout=30) as answer:
        return str(answer.read().decode())
