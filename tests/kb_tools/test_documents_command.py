"""`kb import` and `kb export` as an editor runs them: drafts on the desk, a report of what is missing."""

import json
from pathlib import Path

import docx
import pytest
import typer
from typer.testing import CliRunner

from app.cli import kb_documents
from app.editing.desk import Desk, draft_from_text
from app.editing.values import State
from app.errors import AppError

KB = Path(__file__).parents[2] / "kb"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in (("KB_DIR", KB), ("DATA_DIR", tmp_path / "data"), ("DISTRICT", "ninghe")):
        monkeypatch.setenv(f"QIYING_{name}", str(value))
    return Desk(KB, tmp_path / "data" / "kb", "ninghe", {})


def run(*arguments: str) -> str:
    app = typer.Typer()
    kb_documents.register(app)
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


@pytest.fixture
def word_file(tmp_path: Path) -> Path:
    document = docx.Document()
    document.add_heading("税务发票", 1)
    document.add_heading("办税厅几点开门", 2)
    document.add_paragraph("九点。")
    document.add_heading("个体工商户怎么注册？", 2)
    document.add_paragraph("本区在大厅三楼办。")
    document.add_heading("办税厅几点开门", 2)
    document.add_paragraph("重复的一条。")
    file = tmp_path / "a.docx"
    document.save(str(file))
    return file


def test_a_dry_run_writes_nothing(desk: Desk, word_file: Path) -> None:
    assert "没有写草稿" in run("import", str(word_file), "--dry-run")
    assert desk.shelf.sheets() == []


def test_entries_become_drafts_with_a_report(desk: Desk, word_file: Path) -> None:
    """A question the handbook has becomes an edit that keeps the phrasings; a repeated title is refused."""
    report = json.loads(run("import", str(word_file), "--json"))
    new, edit, twice = report["entries"]
    assert (new["id"], new["is_edit"]) == ("tax/ban-shui-ting-ji-dian-kai-men", False)
    assert "责任部门" in new["missing"]
    assert (edit["id"], edit["is_edit"]) == ("registration/individual-setup", True)
    assert "相同的标题" in twice["refused"]
    sheets = {sheet.entry_id: sheet for sheet in desk.shelf.sheets()}
    assert {sheet.state for sheet in sheets.values()} == {State.DRAFT}
    draft = desk.draft(sheets["registration/individual-setup"].key)
    shipped = draft_from_text((KB / "registration/individual-setup.md").read_text("utf-8"))
    assert draft.summary == "本区在大厅三楼办。"
    assert set(shipped.questions) <= set(draft.questions)
    again = json.loads(run("import", str(word_file), "--json"))
    assert ["已有草稿" in item["refused"] for item in again["entries"][:2]] == [True, True]


def test_a_file_of_another_kind_is_refused(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x", "utf-8")
    with pytest.raises(AppError, match="只认"):
        run("import", str(file))


def test_an_export_does_not_overwrite_unasked(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "out.docx"
    assert "已导出" in run("export", str(file))
    with pytest.raises(AppError, match="已经存在"):
        run("export", str(file))
    with pytest.raises(AppError, match=r"\.docx"):
        run("export", str(tmp_path / "out.pdf"))
