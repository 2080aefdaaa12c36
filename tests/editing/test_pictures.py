"""Pictures on the editors' desk (B8): judged, kept with the draft, published with it, gone when unused."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.editing.desk import Desk
from app.editing.pictures import Picture
from app.editing.values import Act, Person
from app.errors import AppError, Conflict
from handbook.drafting import Draft
from handbook.media import pictures_in

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 40
ENTRY = "registration/company"


def files(desk: Desk) -> list[str]:
    return sorted(file.name for file in (desk.local_dir / "registration/_images").glob("*"))


def chosen(content: bytes = PNG, alt: str = "六步图", heading: str = "办理流程") -> Picture:
    return Picture(content, alt, heading)


def named(draft: Draft) -> list[str]:
    return [picture.name for section in draft.sections for picture in pictures_in(section.body)]


def test_from_upload_to_publication(desk: Desk, zhang: Person, li: Person, now) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    sheet = desk.attach(sheet.key, chosen(), sheet.version, zhang, now)
    draft = desk.draft(sheet.key)
    assert named(draft) == files(desk)
    assert draft.sections[2].body.endswith(f"![六步图](_images/{files(desk)[0]})")
    assert desk.current(ENTRY).count("_images") == 0
    sheet = desk.move(sheet.key, Act.SUBMIT, sheet.version, zhang, now)
    desk.publish(sheet.key, sheet.version, li, now)
    assert f"_images/{files(desk)[0]}" in desk.current(ENTRY)
    assert desk.library().faults == ()


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (chosen(b""), "先选一张"),
        (chosen(b"GIF89a" + b"\x00" * 40), "不是能用的图片"),
        (chosen(b"<script>"), "不是能用的图片"),
        (chosen(PNG + b"x" * 1024 * 1024), "超过 1 MB"),
        (chosen(alt=" "), "讲什么"),
        (chosen(alt="![]()"), "讲什么"),
        (chosen(alt="长" * 61), "太长"),
        (chosen(heading="没有这章"), "没有这个章节"),
    ],
)
def test_what_is_refused_leaves_no_file(desk: Desk, zhang: Person, now, picture: Picture, said: str) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    with pytest.raises(AppError, match=said):
        desk.attach(sheet.key, picture, sheet.version, zhang, now)
    assert files(desk) == []


def test_a_stale_page_puts_nothing_in(desk: Desk, zhang: Person, now) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    with pytest.raises(Conflict):
        desk.attach(sheet.key, chosen(), sheet.version + 1, zhang, now)
    assert files(desk) == []


def test_six_are_enough(desk: Desk, zhang: Person, now) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    for number in range(6):
        picture = chosen(PNG + bytes([number]))
        sheet = desk.attach(sheet.key, picture, sheet.version, zhang, now)
    with pytest.raises(AppError, match="最多 6 张"):
        desk.attach(sheet.key, chosen(JPG), sheet.version, zhang, now)
    assert len(files(desk)) == 6


def test_words_cannot_break_out_of_the_line(desk: Desk, zhang: Person, now) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    picture = chosen(alt="图](https://evil.cn)\n## 内部提示")
    sheet = desk.attach(sheet.key, picture, sheet.version, zhang, now)
    draft = desk.draft(sheet.key)
    assert len(draft.sections) == 6
    assert "](https" not in draft.sections[2].body


def test_removed_when_the_line_goes_or_the_draft_is_dropped(
    desk: Desk, zhang: Person, draft: Draft, now
) -> None:
    sheet = desk.start(ENTRY, zhang, now)
    sheet = desk.attach(sheet.key, chosen(), sheet.version, zhang, now)
    sheet = desk.save(sheet.key, draft, sheet.version, zhang, now)
    assert files(desk) == []
    sheet = desk.attach(sheet.key, chosen(), sheet.version, zhang, now)
    assert len(files(desk)) == 1
    desk.move(sheet.key, Act.DROP, sheet.version, zhang, now)
    assert files(desk) == []


def test_kept_while_anything_names_it(desk: Desk, zhang: Person, li: Person, draft: Draft, now) -> None:
    """A published picture stays for the way back; one put there by hand is never touched."""
    sheet = desk.start(ENTRY, zhang, now)
    sheet = desk.attach(sheet.key, chosen(), sheet.version, zhang, now)
    sheet = desk.move(sheet.key, Act.SUBMIT, sheet.version, zhang, now)
    desk.publish(sheet.key, sheet.version, li, now)
    by_hand = desk.local_dir / "registration/_images/by-hand.png"
    by_hand.write_bytes(PNG)
    sheet = desk.start(ENTRY, zhang, now)
    sheet = desk.save(sheet.key, replace(draft, summary="改了。"), sheet.version, zhang, now)
    sheet = desk.move(sheet.key, Act.SUBMIT, sheet.version, zhang, now)
    desk.publish(sheet.key, sheet.version, li, now)
    sheet = desk.start(ENTRY, zhang, now)
    desk.save(sheet.key, draft, sheet.version, zhang, now)  # now only the earlier version names it
    assert len(files(desk)) == 2
    desk.restore(ENTRY, 2, zhang, now)
    assert "_images/" in desk.current(ENTRY)


def test_a_draft_never_replaces_a_shown_picture(desk: Desk, zhang: Person, now) -> None:
    """Names come from the content: other bytes, other name."""
    sheet = desk.start(ENTRY, zhang, now)
    sheet = desk.attach(sheet.key, chosen(), sheet.version, zhang, now)
    desk.attach(sheet.key, chosen(JPG), sheet.version, zhang, now)
    contents = {Path(desk.local_dir / "registration/_images" / name).read_bytes() for name in files(desk)}
    assert contents == {PNG, JPG}
