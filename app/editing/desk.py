"""The editors' desk: drafts of handbook entries from the first word to publishing, and the way back.

Files only (see `shelf`); the caller's transaction holds the audit row and the message to a proposer. Whoever
wrote or submitted a draft may not review it: four eyes before the bot says anything in the district's name.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from app.clock import SHANGHAI, local_date
from app.editing import pictures, trial
from app.editing.pictures import Picture
from app.editing.plain_pictures import without_traces
from app.editing.shelf import Shelf, require_id
from app.editing.values import OPEN, Act, Person, Sheet, State, Step, Version, next_state
from app.errors import AppError, Conflict, Forbidden, NotFound
from handbook import loader
from handbook.drafting import Draft, draft_of, markdown_of
from handbook.frontmatter import MAX_BYTES
from handbook.loader import Library
from handbook.media import MAX_ALT
from handbook.proofing import Proof, document_of, proof

STARTED, RESTORED, FOUND = "起草", "恢复", "直接改了文件"
MAX_OPEN = 500


@dataclass(frozen=True)
class Desk:
    """Where the handbook lies and for which district it is read."""

    kb_dir: Path
    local_dir: Path
    district: str
    variables: Mapping[str, str]

    @property
    def shelf(self) -> Shelf:
        """The files."""
        return Shelf(self.local_dir)

    def library(self) -> Library:
        """The handbook as it is on disk now, expired entries included."""
        return loader.load(self.kb_dir, self.local_dir, district=self.district, variables=self.variables)

    def proof(self, text: str, entry_id: str, library: Library, today: date) -> Proof:
        """Check a text as this entry."""
        return proof(text, entry_id, library, district=self.district, variables=self.variables, today=today)

    def current(self, entry_id: str) -> str | None:
        """The text that is served for an entry now: the district's own, else the shipped one."""
        require_id(entry_id)
        own = self.shelf.published(entry_id)
        if own is not None:
            return own
        try:
            return (self.kb_dir / f"{entry_id}.md").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def draft(self, key: str) -> Draft:
        """The fields of a draft's text."""
        return draft_from_text(self.shelf.text(key))

    def open_sheet(self, entry_id: str) -> Sheet | None:
        """The draft somebody is working on, if any; proposals do not count."""
        busy = (State.DRAFT, State.REVIEW)
        return next((s for s in self.shelf.sheets() if s.entry_id == entry_id and s.state in busy), None)

    def start(self, entry_id: str, who: Person, now: datetime) -> Sheet:
        """A draft of what is served now, or the one already under way. Raises NotFound."""
        text = self.current(entry_id)
        if text is None:
            raise NotFound("没有这个条目")
        with self.shelf.locked():
            busy = self.open_sheet(entry_id)
            return (
                busy if busy is not None else self._add(_new(entry_id, Step(now, who, STARTED)), text, text)
            )

    def start_new(self, entry_id: str, draft: Draft, who: Person, now: datetime) -> Sheet:
        """A draft of an entry that does not exist yet. Raises Conflict, AppError."""
        require_id(entry_id)
        with self.shelf.locked():
            if self.current(entry_id) is not None:
                raise Conflict("已经有这个短名的条目：换一个短名，或去修改原来的条目", field="slug")
            if self.open_sheet(entry_id) is not None:
                raise Conflict("已经有人在写这个条目：到草稿里找")
            return self._add(_new(entry_id, Step(now, who, STARTED)), markdown_of(draft))

    def put_in(self, entry_id: str, draft: Draft, who: Person, now: datetime, *, note: str = "") -> Sheet:
        """A draft out of a document: for a new entry, or as an edit of the one that is served."""
        require_id(entry_id)
        with self.shelf.locked():
            busy = self.open_sheet(entry_id)
            if busy is not None:
                raise Conflict(f"「{busy.title}」已有草稿在改，没有覆盖")
            sheet = _new(entry_id, Step(now, who, "导入", note), origin="import")
            return self._add(sheet, markdown_of(draft), self.current(entry_id))

    def propose(
        self,
        entry_id: str,
        draft: Draft,
        who: Person,
        now: datetime,
        *,
        words: str,
        ticket: str = "",
        origin: str = "panel",
        by: Person | None = None,
    ) -> Sheet:
        """A proposal that waits for an editor; `words` is what should be said, `by` typed it for `who`. The caller has checked both for
        personal data (`privacy.flags`). Raises AppError for a bad id."""
        require_id(entry_id)
        sheet = _new(entry_id, Step(now, by or who, "提议"), origin=origin)
        sheet = replace(sheet, state=State.PROPOSED, proposer=who, proposal=words, ticket=ticket)
        with self.shelf.locked():
            return self._add(sheet, markdown_of(draft), self.current(entry_id))

    def save(self, key: str, draft: Draft, version: int, who: Person, now: datetime) -> Sheet:
        """Store what was typed, faults and all: nothing is lost, nothing is published."""
        text = _fitting(draft)
        with self.shelf.locked():
            return self._save(self._moved(key, Act.SAVE, version), draft.title, text, Step(now, who, "修改"))

    def attach(self, key: str, picture: Picture, version: int, who: Person, now: datetime) -> Sheet:
        """Keep a picture with a draft and put its line at the end of a section. Raises AppError, Conflict.

        What a camera wrote beside it (place, device) is left out: the handbook is public.
        """
        pictures.judged(picture.content)
        picture = replace(picture, content=without_traces(picture.content))
        with self.shelf.locked():
            sheet = self._moved(key, Act.SAVE, version)
            draft = pictures.with_line(self.draft(key), picture)
            text = _fitting(draft)
            pictures.store(self.shelf, sheet.entry_id.split("/")[0], picture.content)
            return self._save(sheet, draft.title, text, Step(now, who, "放了图片", picture.alt[:MAX_ALT]))

    def move(self, key: str, act: Act, version: int, who: Person, now: datetime, *, note: str = "") -> Sheet:
        """Submit, send back, drop, accept or decline. Submitting needs a text without faults."""
        with self.shelf.locked():
            sheet = self._moved(key, act, version)
            authors = sheet.authors
            if act is Act.SUBMIT:
                self._require_sound(sheet, local_date(now))
                authors = tuple(dict.fromkeys((*authors, who.account)))
            if act is Act.ACCEPT and self.open_sheet(sheet.entry_id) is not None:
                raise Conflict("这个条目已有草稿在改：先把那份发布或放弃，再采纳")
            after = sheet.after(Step(now, who, _did(act), note), authors=authors)
            self.shelf.write_draft(after)
            if after.state not in OPEN:
                self._sweep(after)
            return after

    def publish(self, key: str, version: int, who: Person, now: datetime) -> Sheet:
        """Serve the text from now on, by a second person. Raises Forbidden, Conflict, AppError."""
        with self.shelf.locked():
            sheet = self._moved(key, Act.PUBLISH, version)
            if who.account in sheet.authors:
                raise Forbidden("自己写的稿子要请另一位编辑审核发布")
            served = self.current(sheet.entry_id)
            if sheet.base != (fingerprint(served) if served is not None else ""):
                raise Conflict("起草以后这个条目又被改过：退回修改，对照现在的内容再提交")
            text = self._require_sound(sheet, local_date(now))
            self._replace(sheet.entry_id, text, Step(now, who, _did(Act.PUBLISH)), reviewed=sheet)
            after = sheet.after(Step(now, who, _did(Act.PUBLISH)))
            self.shelf.write_draft(after)
            return after

    def rebase(self, key: str, version: int, who: Person, now: datetime) -> Sheet:
        """The author has compared the draft with what is served now."""
        with self.shelf.locked():
            sheet = self._moved(key, Act.SAVE, version)
            served = self.current(sheet.entry_id)
            base = fingerprint(served) if served is not None else ""
            after = sheet.after(Step(now, who, "已对照现行内容"), base=base)
            self.shelf.write_draft(after)
            return after

    def restore(self, entry_id: str, number: int, who: Person, now: datetime) -> Version:
        """Serve an earlier version again, as a new version. Raises NotFound, Conflict, AppError."""
        with self.shelf.locked():
            versions = self.shelf.versions(entry_id)
            wanted = next((version for version in versions if version.number == number), None)
            if wanted is None:
                raise NotFound("没有这个版本")
            text = None if wanted.is_absent else wanted.text
            if text == self.shelf.published(entry_id):
                raise Conflict("现在用的就是这个版本")
            self._replace(entry_id, text, Step(now, who, RESTORED, f"恢复到第 {number} 版"))
            return wanted

    def _save(self, sheet: Sheet, title: str, text: str, step: Step) -> Sheet:
        authors = tuple(dict.fromkeys((*sheet.authors, step.who.account)))
        if replace(sheet.steps[-1], at=step.at) == step:  # saving often is one line of history
            sheet = replace(sheet, steps=sheet.steps[:-1])
        after = sheet.after(step, authors=authors, title=title)
        self.shelf.write_draft(after, text)
        self._sweep(after)
        return after

    def _sweep(self, sheet: Sheet) -> None:
        pictures.sweep(self.shelf, sheet.entry_id.split("/")[0])

    def _add(self, sheet: Sheet, text: str, base: str | None = None) -> Sheet:
        """Store a new draft; `base` is the text it was made from."""
        if sum(other.state in OPEN for other in self.shelf.sheets()) >= MAX_OPEN:
            raise Conflict(f"没处理完的草稿和提议已有 {MAX_OPEN} 份：先处理一些")
        key = f"{sheet.updated.at.astimezone(SHANGHAI):%Y%m%d%H%M%S}-{secrets.token_hex(4)}"
        title = draft_from_text(text).title
        added = replace(sheet, key=key, title=title, base=fingerprint(base) if base is not None else "")
        self.shelf.write_draft(added, text)
        return added

    def _moved(self, key: str, act: Act, version: int) -> Sheet:
        sheet = self.shelf.sheet(key)
        state = next_state(sheet.state, act)
        if sheet.version != version:
            last = sheet.updated
            raise Conflict(f"您打开以后，{last.who.name} 刚刚「{last.did}」过这份稿子：看过最新内容再提交")
        return replace(sheet, state=state)

    def _require_sound(self, sheet: Sheet, today: date) -> str:
        text = self.shelf.text(sheet.key)
        faults = self.proof(text, sheet.entry_id, self.library(), today).faults
        if faults:
            raise AppError(f"还有 {len(faults)} 处要改：{faults[0].text}")
        return text

    def _replace(self, entry_id: str, text: str | None, step: Step, *, reviewed: Sheet | None = None) -> None:
        """Write what is served; keep what was. Refuses what the running bot would refuse to load."""
        added = trial.added_faults(self, entry_id, text)
        if added:
            raise Conflict(f"这样改会让手册出错，没有写入：{added[0].message} → {added[0].advice}")
        served = self.shelf.published(entry_id)
        versions = self.shelf.versions(entry_id)
        known = versions[-1].text if versions and not versions[-1].is_absent else None
        if not versions or known != served:
            unknown = Person("", "" if not versions else "（不是从这里改的）")
            self.shelf.add_version(
                entry_id, served, Step(step.at, unknown, FOUND if versions else "原有内容")
            )
        self.shelf.publish(entry_id, text)
        reviewer, written = step.who.name, step
        if reviewed is not None:
            writers = [item.who for item in reviewed.steps if item.who.account in reviewed.authors]
            written = replace(step, who=writers[-1] if writers else step.who)
        self.shelf.add_version(entry_id, text, written, reviewer=reviewer)


def _new(entry_id: str, step: Step, *, origin: str = "panel") -> Sheet:
    return Sheet(key="", entry_id=entry_id, state=State.DRAFT, origin=origin, steps=(step,))


def draft_from_text(text: str) -> Draft:
    """The fields of an entry's file; empty ones where it cannot be read."""
    document, _ = document_of(text, "draft/draft")
    return draft_of(document) if document is not None else Draft()


def fingerprint(text: str) -> str:
    """Names a text, so that a change of what is served is noticed."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _fitting(draft: Draft) -> str:
    text = markdown_of(draft)
    if len(text.encode()) > MAX_BYTES:
        raise AppError("内容太长：一个条目只写一件事，请拆开")
    return text


def _did(act: Act) -> str:
    return {
        Act.ACCEPT: "采纳",
        Act.DECLINE: "没有采纳",
        Act.SUBMIT: "提交审核",
        Act.SEND_BACK: "退回修改",
        Act.DROP: "放弃",
        Act.PUBLISH: "审核发布",
    }.get(act, "修改")
