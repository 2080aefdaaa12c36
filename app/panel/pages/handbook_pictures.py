"""Pictures of a draft: put one in with its line, and look at those it has."""

from starlette.responses import Response

from app.editing.pictures import Picture
from app.errors import AppError, Conflict, NotFound
from app.panel.calls import Call
from app.panel.pages.handbook import PATH, desk_of, person_of
from handbook.drafting import Draft
from handbook.fields import INTERNAL_HEADING
from handbook.media import Picture as Shown
from handbook.media import pictures_in, read_picture


def attach(call: Call) -> Response:
    """Keep the picture with the draft and put its line into the chosen section."""
    desk = desk_of(call)
    sheet = desk.shelf.sheet(call.part("key"))
    call.target = f"entry:{sheet.entry_id}"
    version = call.form.number("version")
    if version is None:
        raise Conflict("这个页面放得太久了，请刷新后再试")
    if call.form.file is None:
        raise AppError("请先选一张图片", field="file")
    picture = Picture(call.form.file.content, call.form.text("alt"), call.form.text("heading"))
    after = desk.attach(sheet.key, picture, version, person_of(call), call.now)
    call.detail = {
        "act": "picture", "section": picture.heading[:40], "bytes": len(picture.content), "version": after.version,
    }  # fmt: skip
    return call.go(f"{PATH}/drafts/{after.key}", done="saved")


def show(call: Call) -> Response:
    """A picture that this draft names."""
    desk = desk_of(call)
    sheet = desk.shelf.sheet(call.part("key"))
    name = call.part("name")
    if all(picture.name != name for picture in shown_in(desk.draft(sheet.key))):
        raise NotFound("没有这张图")
    found = read_picture((desk.local_dir, desk.kb_dir), sheet.entry_id.split("/")[0], name)
    if found is None:
        raise NotFound("没有这张图")
    content, media_type = found
    return Response(content, media_type=media_type)


def shown_in(draft: Draft) -> tuple[Shown, ...]:
    """The pictures of a draft, in reading order."""
    return tuple(picture for section in draft.sections for picture in pictures_in(section.body))


def sections_for(draft: Draft) -> list[str]:
    """The sections that a picture may be put into."""
    return [
        section.heading for section in draft.sections if section.heading.split(" @")[0] != INTERNAL_HEADING
    ]
