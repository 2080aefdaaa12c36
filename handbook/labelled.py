"""Questions with known answers, as files of JSON lines."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class QuestionFileError(Exception):
    """The file of questions cannot be read; the text says where and why, for people."""


@dataclass(frozen=True)
class Labelled:
    """A question with the entries that answer it (none: must not be answered)."""

    query: str
    topics: frozenset[str]
    style: str = ""
    kind: str = ""

    @property
    def category(self) -> str:
        """The folder of its topic; "" where nothing answers it."""
        return min(self.topics).split("/")[0] if self.topics else ""


def read_questions(file: Path) -> list[Labelled]:
    """JSON lines `{"query", "topic", "also", "style"?, "kind"?}`; raises QuestionFileError with the line."""
    questions = []
    for number, line in _lines(file):
        try:
            row = json.loads(line)
            topics = frozenset({row["topic"], *(row.get("also") or [])} - {None})
            style, kind = str(row.get("style") or ""), str(row.get("kind") or "")
            questions.append(Labelled(str(row["query"]), topics, style, kind))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise QuestionFileError(f"{file}:{number}: 要有 query 和 topic（{error}）") from None
    return questions


def read_queries(file: Path) -> list[str]:
    """JSON lines `{"query": …}`; raises QuestionFileError with the line."""
    queries = []
    for number, line in _lines(file):
        try:
            queries.append(str(json.loads(line)["query"]))
        except (ValueError, KeyError, TypeError):
            raise QuestionFileError(f'{file}:{number}: 要写成 {{"query": "…"}}') from None
    return queries


def mark_of(questions: Sequence[Labelled]) -> str:
    """Names a set of questions by its content, whatever its files are called."""
    digest = hashlib.sha256()
    for question in questions:
        digest.update(f"{question.query}\0{sorted(question.topics)}\0{question.kind}\n".encode())
    return digest.hexdigest()[:10]


def _lines(file: Path) -> list[tuple[int, str]]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise QuestionFileError(f"读不了 {file}（{error.strerror}）") from None
    except UnicodeDecodeError:
        raise QuestionFileError(f"{file} 不是 UTF-8 编码：请另存为 UTF-8") from None
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
