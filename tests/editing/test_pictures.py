"""Pictures on the editors' desk (B8): judged, kept with the draft, published with it, gone when unused."""

import io
import random
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from app.editing.desk import Desk
from app.editing.pictures import Picture
from app.editing.plain_pictures import without_traces
from app.editing.values import Act, Person
from app.errors import AppError, Conflict
from handbook.drafting import Draft
from handbook.media import pictures_in


def png(shade: int = 0) -> bytes:
    """A picture of one point."""
    made = io.BytesIO()
    Image.new("L", (1, 1), shade).save(made, "PNG")
    return made.getvalue()


def jpg(**options: object) -> bytes:
    """A small photograph."""
    made = io.BytesIO()
    Image.effect_noise((40, 30), 60).save(made, "JPEG", **options)
    return made.getvalue()


PNG, JPG = png(), jpg()
SRGB = ImageCms.createProfile("sRGB")
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
        picture = chosen(png(number))
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


def located(image: Image.Image) -> Image.Exif:
    """What a telephone writes: place, device, time, and that the picture lies on its side."""
    exif = image.getexif()
    exif[0x0110], exif[0x0132], exif[0x0112] = "CANARY phone", "2026:11:20 10:00:00", 6
    exif[0x8825] = {1: "N", 2: (39.0, 19.0, 50.0), 3: "E", 4: (117.0, 49.0, 30.0), 29: "CANARY day"}
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_and_with_what_a_picture_was_taken_is_left_out(
    desk: Desk, zhang: Person, now, kind: str
) -> None:
    """Anybody may open a picture of the handbook (PIPL 6); it looks as before, turned as before."""
    image, made = Image.effect_noise((40, 30), 60).convert("RGB"), io.BytesIO()
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "CANARY author")
    more = {"JPEG": {"comment": b"CANARY words"}, "PNG": {"pnginfo": words}, "WEBP": {"xmp": b"<CANARY/>"}}[
        kind
    ]
    image.save(made, kind, exif=located(image), icc_profile=ImageCms.ImageCmsProfile(SRGB).tobytes(), **more)
    sent = made.getvalue() + b"CANARY trailer"
    assert sent.count(b"CANARY") >= 4
    sheet = desk.start(ENTRY, zhang, now)
    desk.attach(sheet.key, chosen(sent), sheet.version, zhang, now)
    kept = (desk.local_dir / "registration/_images" / files(desk)[0]).read_bytes()
    assert b"CANARY" not in kept
    before, after = Image.open(io.BytesIO(sent)), Image.open(io.BytesIO(kept))
    assert before.tobytes() == after.tobytes()
    assert before.info["icc_profile"] == after.info["icc_profile"]
    assert dict(after.getexif()) == ({0x0112: 6} if kind == "JPEG" else {})
    assert without_traces(kept) == kept


def test_a_progressive_picture_stays_whole(desk: Desk) -> None:
    sent = jpg(progressive=True, quality=95, restart_marker_blocks=1)
    assert Image.open(io.BytesIO(without_traces(sent))).tobytes() == Image.open(io.BytesIO(sent)).tobytes()


def test_a_broken_picture_is_refused_and_nothing_else_happens(desk: Desk, zhang: Person, now) -> None:
    chance = random.Random(5)
    for whole in (PNG, JPG, png(3), b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 3):
        for _ in range(300):
            cut = bytearray(whole[: chance.randrange(12, len(whole) + 1)])
            cut[chance.randrange(3, len(cut))] = chance.randrange(256)
            try:
                without_traces(bytes(cut))
            except AppError as error:
                assert "另存一份" in error.message
    sheet = desk.start(ENTRY, zhang, now)
    with pytest.raises(AppError, match="另存一份"):
        desk.attach(sheet.key, chosen(JPG[:-40]), sheet.version, zhang, now)
    assert files(desk) == []
