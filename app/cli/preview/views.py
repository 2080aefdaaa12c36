"""What the preview shows of one entry: the bubble, the phone page, the faults as the compiler says them."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markupsafe import Markup, escape

from app.districts.profile import Profile
from app.wechat.rendering import bubbles
from bot import answers
from bot.messages import Reply
from handbook import loader
from handbook.entry import Decision, Entry, Kind, Problem, Search, SearchResult
from handbook.frontmatter import read_document
from handbook.loader import Library
from handbook.proofing import examine

_LINK = re.compile(r'<a href="([^"]*)">([^<]*)</a>')
_SHORT = frozenset({Kind.SMALLTALK, Kind.COMMAND, Kind.OUT_OF_SCOPE, Kind.REDIRECT})


@dataclass(frozen=True)
class Shown:
    """One entry: `entry` None where a fault leaves nothing to show; `problems` with file and line."""

    entry: Entry | None
    file: str
    bubbles: tuple[Markup, ...]
    staff_bubbles: tuple[Markup, ...]
    problems: tuple[Problem, ...]


class Bench(Search):
    """Reads the folders again whenever a file changed. One `extra` file from elsewhere may be shown too."""

    def __init__(
        self,
        kb_dir: Path,
        local_dir: Path,
        profile: Profile,
        public_url: str,
        *,
        today: date,
        extra: Path | None = None,
    ) -> None:
        self.profile = profile
        self.today = today
        self.extra = extra.absolute() if extra is not None else None
        self._folders = (local_dir, kb_dir)
        self._public_url = public_url
        self._seen = ""
        self._library = Library()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where entries and their pictures lie, the district's own first."""
        return self._folders

    @property
    def extra_id(self) -> str:
        """The id that the extra file would have in its folder; "" without one."""
        return f"{self.extra.parent.name}/{self.extra.stem}" if self.extra is not None else ""

    def version(self) -> str:
        """Changes with any file; cheap enough to be asked twice a second."""
        extra = self.extra.stat().st_mtime_ns if self.extra is not None and self.extra.exists() else 0
        return hashlib.sha256(repr((loader.snapshot(self._folders), extra)).encode()).hexdigest()[:16]

    def library(self) -> Library:
        """The handbook as the files are now."""
        version = self.version()
        if version != self._seen:
            local, kb = self._folders
            self._library = loader.load(
                kb, local, district=self.profile.key, variables=self.profile.handbook_variables()
            )
            self._seen = version
        return self._library

    def show(self, entry_id: str) -> Shown | None:
        """One entry; None where there is no such file."""
        file = self._file(entry_id)
        if file is None:
            return None
        shown = loader.shown_path(file)
        document, problems = read_document(file, entry_id=entry_id, shown=shown)
        entry = None
        if document is not None:
            entry, found = examine(
                document,
                self.library(),
                district=self.profile.key,
                variables=self.profile.handbook_variables(),
                today=self.today,
            )
            problems = [*problems, *found]
        said = self._said(_reply(entry)) if entry is not None and entry.is_public else ()
        staff = self._said(answers.staff_answer(entry)) if entry is not None and entry.internal_notes else ()
        return Shown(entry, shown, said, staff, tuple(dict.fromkeys(problems)))

    def entry(self, entry_id: str) -> Entry | None:
        """One entry of the library."""
        return next((entry for entry in self.library().entries if entry.id == entry_id), None)

    def search(self, question: str, *, staff: bool = False) -> SearchResult:
        """The preview answers nothing."""
        return SearchResult(question, Decision.NONE, (), 0.0)

    def _file(self, entry_id: str) -> Path | None:
        if self.extra is not None and entry_id == self.extra_id:
            return self.extra if self.extra.is_file() else None
        if not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", entry_id):
            return None
        files = (folder / f"{entry_id}.md" for folder in self._folders)
        return next((file for file in files if file.is_file()), None)

    def _said(self, reply: Reply) -> tuple[Markup, ...]:
        return tuple(_html(text) for text in bubbles(reply, self._public_url))


def _reply(entry: Entry) -> Reply:
    return answers.short_reply(entry) if entry.kind in _SHORT else answers.answer(entry)


def _html(text: str) -> Markup:
    """A bubble's text with its links shown as links; everything else escaped."""
    result, end = Markup(""), 0
    for match in _LINK.finditer(text):
        label = Markup('<span class="link">{}</span>').format(match[2])
        result += escape(text[end : match.start()]) + label
        end = match.end()
    return result + escape(text[end:])
