"""The documents as what they promise: commands, links, names."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Document:
    """One page; `blocks` are shell blocks, `spans` the inline code."""

    name: str
    text: str
    blocks: tuple[str, ...]
    spans: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return (ROOT / self.name).parent


def read(path: Path) -> Document:
    text = path.read_text("utf-8")
    blocks = tuple(body for language, body in FENCE.findall(text) if language in ("", "sh"))
    return Document(path.relative_to(ROOT).as_posix(), text, blocks, tuple(SPAN.findall(FENCE.sub("", text))))


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    """Every page that tells somebody what to do."""
    paths = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "kb/README.md"]
    return [read(path) for path in (*paths, *sorted((ROOT / "docs").rglob("*.md")))]


@pytest.fixture(scope="session")
def page(documents: list[Document]):
    """One page by its path."""
    return lambda name: next(item for item in documents if item.name == name)
