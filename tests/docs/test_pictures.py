"""The pictures of the documents: each is there, has words for those who do not see it, and is made by the script."""

import re
from pathlib import Path

from docs.make_screenshots import IMAGES, LARGEST, PICTURES

PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
ALL_TOGETHER = 1536 * 1024
SHORTEST_WORDS = 8


def used(documents) -> dict[Path, list[str]]:
    """Every picture of a document and the words that stand for it."""
    found: dict[Path, list[str]] = {}
    for item in documents:
        for words, target in PICTURE.findall(item.text):
            found.setdefault((item.folder / target).resolve(), []).append(words)
    return found


def test_every_picture_shown_is_there_and_has_words(documents) -> None:
    shown = used(documents)
    assert [str(path) for path in shown if not path.is_file()] == []
    assert [
        words for every in shown.values() for words in every if len(words.encode()) < SHORTEST_WORDS
    ] == []
    assert len(shown) > 12, "the documents are read"


def test_every_screenshot_is_made_by_the_script_and_shown_somewhere(documents) -> None:
    """`make screenshots` keeps them true; one that nobody looks at goes."""
    there = {path.stem for path in IMAGES.glob("*.png")}
    assert there == set(PICTURES)
    assert {path.stem for path in used(documents) if path.suffix == ".png"} == there


def test_the_screenshots_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in IMAGES.glob("*.png")}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
    assert sum(sizes.values()) <= ALL_TOGETHER
