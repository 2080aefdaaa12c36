"""Four eyes, nothing half written, the way back: the editors' desk over real files."""

import os
import stat
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from app.editing.desk import Desk
from app.editing.shelf import Shelf
from app.editing.values import TRANSITIONS, Act, Person, Sheet, State, next_state
from app.errors import AppError, Conflict, Forbidden, NotFound
from handbook import loader
from handbook.drafting import Draft

ENTRY = "registration/company"


def edited(desk: Desk, draft: Draft, who: Person, now: datetime, *, summary: str = "改过的短答。") -> Sheet:
    """A draft with an edit, handed on for review."""
    sheet = desk.start(ENTRY, who, now)
    saved = desk.save(sheet.key, replace(draft, summary=summary), sheet.version, who, now)
    return desk.move(saved.key, Act.SUBMIT, saved.version, who, now)


def served(desk: Desk) -> str:
    return desk.library().entries[0].summary


def test_a_draft_is_not_served_until_somebody_else_publishes_it(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    sheet = edited(desk, draft, zhang, now)
    assert served(desk) == draft.summary
    with pytest.raises(Forbidden, match="另一位编辑"):
        desk.publish(sheet.key, sheet.version, zhang, now)
    assert served(desk) == draft.summary
    desk.publish(sheet.key, sheet.version, li, now)
    assert served(desk) == "改过的短答。"
    assert (desk.local_dir / f"{ENTRY}.md").is_file()
    version = desk.shelf.versions(ENTRY)[-1]
    assert (version.step.who.name, version.reviewer) == ("张编辑", "李编辑")


def test_who_submits_has_read_it_and_may_not_review_it(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    """A draft that one wrote and another submitted needs a third."""
    sheet = desk.start(ENTRY, zhang, now)
    saved = desk.save(sheet.key, replace(draft, summary="改过。"), sheet.version, zhang, now)
    sent = desk.move(saved.key, Act.SUBMIT, saved.version, li, now)
    for person in (zhang, li):
        with pytest.raises(Forbidden):
            desk.publish(sent.key, sent.version, person, now)


def test_undo_serves_the_earlier_text_and_the_shipped_one(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    for summary in ("第一次改。", "第二次改。"):
        sheet = edited(desk, draft, zhang, now, summary=summary)
        desk.publish(sheet.key, sheet.version, li, now)
    versions = desk.shelf.versions(ENTRY)
    assert [version.is_absent for version in versions] == [True, False, False]
    desk.restore(ENTRY, 2, li, now)
    assert served(desk) == "第一次改。"
    desk.restore(ENTRY, 1, li, now)
    assert served(desk) == draft.summary
    assert not (desk.local_dir / f"{ENTRY}.md").exists()
    last = desk.shelf.versions(ENTRY)[-1]
    assert (last.number, last.step.did, last.step.who.name) == (5, "恢复", "李编辑")
    with pytest.raises(Conflict, match="现在用的就是"):
        desk.restore(ENTRY, 1, li, now)
    with pytest.raises(NotFound):
        desk.restore(ENTRY, 99, li, now)


def test_a_hand_edit_of_the_local_file_is_kept_in_the_history(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    sheet = edited(desk, draft, zhang, now)
    desk.publish(sheet.key, sheet.version, li, now)
    file = desk.local_dir / f"{ENTRY}.md"
    file.write_text(file.read_text("utf-8").replace("改过的短答。", "手工改的。"), "utf-8")
    sheet = edited(desk, draft, zhang, now, summary="再改一次。")
    desk.publish(sheet.key, sheet.version, li, now)
    texts = [version.text for version in desk.shelf.versions(ENTRY)]
    assert ["手工改的。" in text for text in texts] == [False, False, True, False]


def test_faults_stop_a_draft_before_review_and_before_publishing(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    saved = desk.save(sheet.key, replace(draft, questions=()), sheet.version, zhang, now)
    with pytest.raises(AppError, match="还有"):
        desk.move(saved.key, Act.SUBMIT, saved.version, zhang, now)
    assert desk.shelf.sheet(saved.key).state is State.DRAFT
    sent = edited(desk, draft, zhang, now)
    (desk.local_dir / ".drafts" / f"{sent.key}.md").write_text("坏了", "utf-8")
    with pytest.raises(AppError, match="还有"):
        desk.publish(sent.key, sent.version, li, now)
    assert served(desk) == draft.summary


def test_an_entry_edited_meanwhile_is_not_overwritten(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    sheet = edited(desk, draft, zhang, now)
    shipped = desk.kb_dir / f"{ENTRY}.md"
    shipped.write_text(shipped.read_text("utf-8").replace("当场办结", "次日办结"), "utf-8")
    with pytest.raises(Conflict, match="又被改过"):
        desk.publish(sheet.key, sheet.version, li, now)
    back = desk.move(sheet.key, Act.SEND_BACK, sheet.version, li, now, note="对照新内容")
    based = desk.rebase(back.key, back.version, zhang, now)
    sent = desk.move(based.key, Act.SUBMIT, based.version, zhang, now)
    desk.publish(sent.key, sent.version, li, now)
    assert served(desk) == "改过的短答。"


def test_a_late_save_is_refused_with_who_was_faster(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    desk.save(sheet.key, draft, sheet.version, li, now)
    with pytest.raises(Conflict, match="李编辑"):
        desk.save(sheet.key, draft, sheet.version, zhang, now)


def test_one_entry_has_one_draft(desk: Desk, zhang: Person, li: Person, now: datetime) -> None:
    assert desk.start(ENTRY, zhang, now).key == desk.start(ENTRY, li, now).key


def test_removing_what_others_link_to_is_refused(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    """The running bot would refuse the folder, and every later edit with it."""
    other = replace(draft, title="分公司怎么登记", questions=tuple(f"分{text}" for text in draft.questions))
    sheet = desk.start_new("registration/branch", other, zhang, now)
    sent = desk.move(sheet.key, Act.SUBMIT, sheet.version, zhang, now)
    desk.publish(sent.key, sent.version, li, now)
    linking = replace(draft, related=("registration/branch",))
    sheet = desk.start(ENTRY, zhang, now)
    saved = desk.save(sheet.key, linking, sheet.version, zhang, now)
    sent = desk.move(saved.key, Act.SUBMIT, saved.version, zhang, now)
    desk.publish(sent.key, sent.version, li, now)
    with pytest.raises(Conflict, match="会让手册出错"):
        desk.restore("registration/branch", 1, li, now)
    assert desk.current("registration/branch") is not None


@pytest.mark.parametrize(
    "entry_id", ["../x/y", "a/../../b", "A/b", "a/b/c", "a", "a/b.md", "/etc/passwd", "a/" + "b" * 80]
)
def test_an_id_cannot_leave_the_folder(desk: Desk, zhang: Person, now: datetime, entry_id: str) -> None:
    with pytest.raises(AppError):
        desk.start_new(entry_id, Draft(title="x"), zhang, now)
    with pytest.raises(AppError):
        desk.restore(entry_id, 1, zhang, now)


@pytest.mark.parametrize("key", ["../x", "20261120100000-abcdef0g", "", "a" * 300])
def test_a_draft_key_cannot_leave_the_folder(desk: Desk, key: str) -> None:
    with pytest.raises(NotFound):
        desk.shelf.sheet(key)
    with pytest.raises(NotFound):
        desk.shelf.text(key)


def test_drafts_do_not_wake_the_bot_and_are_not_entries(desk: Desk, zhang: Person, now: datetime) -> None:
    before = loader.snapshot((desk.kb_dir, desk.local_dir))
    desk.start(ENTRY, zhang, now)
    assert loader.snapshot((desk.kb_dir, desk.local_dir)) == before
    assert len(desk.library().documents) == 1


def test_files_are_for_this_account_only(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    sheet = edited(desk, draft, zhang, now)
    desk.publish(sheet.key, sheet.version, li, now)
    for file in desk.local_dir.rglob("*.*"):
        if file.suffix in {".md", ".json"}:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_crash_while_writing_leaves_the_old_file(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = edited(desk, draft, zhang, now)
    desk.publish(sheet.key, sheet.version, li, now)
    before = (desk.local_dir / f"{ENTRY}.md").read_bytes()

    def crash(_handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        Shelf(desk.local_dir).publish(ENTRY, "neu")
    assert (desk.local_dir / f"{ENTRY}.md").read_bytes() == before
    assert list(desk.local_dir.rglob("*.tmp")) == []


def test_two_publishers_at_once_publish_once(
    desk: Desk, draft: Draft, zhang: Person, li: Person, now: datetime
) -> None:
    sheet = edited(desk, draft, zhang, now)
    outcomes: list[str] = []

    def go() -> None:
        try:
            desk.publish(sheet.key, sheet.version, li, now)
            outcomes.append("done")
        except Conflict:
            outcomes.append("late")

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "late", "late", "late"]
    assert len(desk.shelf.versions(ENTRY)) == 2


def test_every_other_step_is_refused() -> None:
    """The table is the whole life of a draft."""
    for state in State:
        for act in Act:
            if (state, act) not in TRANSITIONS:
                with pytest.raises(Conflict):
                    next_state(state, act)


def test_a_damaged_sidecar_hides_one_draft_only(desk: Desk, zhang: Person, now: datetime) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    Path(desk.local_dir / ".drafts" / "20261120100000-00000000.json").write_text("{", "utf-8")
    assert [found.key for found in desk.shelf.sheets()] == [sheet.key]
