"""`qiying privacy export`: a copy of everything about one person, of nobody else (PIPL 45)."""

import json
import stat
import zipfile

from sqlmodel import col, select
from typer.testing import CliRunner

from app.audit import AuditRow, person
from app.cli.main import app

runner = CliRunner()
OPENID, PHONE, NAME = "oCanaryGoes00123456789abcdefg", "13912348765", "赵金丝雀"


def test_the_copy_holds_everything_about_the_person_and_nobody_else(place, tmp_path) -> None:
    target = tmp_path / "copy.zip"
    done = runner.invoke(app, ["privacy", "export", str(target), "--phone", PHONE])
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as archive:
        assert set(archive.namelist()) == {"说明.txt", "资料.json", "uploads/photo1.jpg"}
        text = archive.read("资料.json").decode()
    data = json.loads(text)
    wanted = {
        "follower", "contact", "enterprise", "inbox", "answer", "ticket", "ticket_event", "attachment", "rating",
        "outbox", "table_of_tomorrow", "directory_attempt",
    }  # fmt: skip
    assert set(data) == wanted
    assert len(data["outbox"]) == 2
    assert "钱留下来" not in text and "13912340000" not in text and "oCanaryStays" not in text


def test_internal_notes_of_the_staff_stay_inside(place, tmp_path) -> None:
    target = tmp_path / "copy.zip"
    runner.invoke(app, ["privacy", "export", str(target), "--openid", OPENID])
    with zipfile.ZipFile(target) as archive:
        assert "内部：" not in archive.read("资料.json").decode()


def test_the_export_is_audited_without_naming_the_person(place, tmp_path) -> None:
    runner.invoke(app, ["privacy", "export", str(tmp_path / "copy.zip"), "--openid", OPENID])
    with place.database.reading() as session:
        row = session.exec(select(AuditRow).order_by(col(AuditRow.id).desc())).first()
    assert (row.action, row.object) == ("privacy.export", person(OPENID))
    assert row.detail["ticket"] == 1


def test_an_existing_file_is_not_overwritten(place, tmp_path) -> None:
    target = tmp_path / "copy.zip"
    target.write_text("mine")
    done = runner.invoke(app, ["privacy", "export", str(target), "--openid", OPENID])
    assert done.exit_code != 0
    assert target.read_text() == "mine"
