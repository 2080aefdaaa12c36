"""`kb build` and `kb check` from the wrong folder say so; they neither empty the index nor call anything faultless."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.kb import kb_app
from app.errors import AppError

KB = Path(__file__).parents[2] / "kb"


def run(*arguments: str) -> int:
    done = CliRunner().invoke(kb_app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QIYING_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("QIYING_KB_DIR", str(tmp_path / "kb"))
    return tmp_path


def test_a_build_without_any_entry_leaves_the_index_alone(folders: Path) -> None:
    """The index of a running server was replaced by an empty one, with exit code 0."""
    index = folders / "data" / "index"
    index.mkdir(parents=True)
    with pytest.raises(AppError, match="索引没有动"):
        run("build")
    assert list(index.iterdir()) == []


def test_a_file_outside_the_handbook_is_not_called_faultless(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QIYING_KB_DIR", str(KB))
    stray = folders / "stray.md"
    stray.write_text("---\ntitle: x\n---\n短\n", encoding="utf-8")
    with pytest.raises(AppError, match="没有检查"):
        run("check", str(stray))
    assert run("check", str(KB / "permit")) == 0
    assert run("check", str(KB.parent)) == 0
