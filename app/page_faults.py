"""A refused form on its page again: the wrong field has the sentence beside it, the mark for screen readers and the
cursor, and what was typed is there.

It works on the finished page, so that every form of the panel and of the phone pages has it, however it was written.
Our templates escape every value, so a `>` ends a tag.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import escape

SENTENCE = "field-fault"
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_CONTROL = re.compile(r"<(input|select|textarea)\b([^>]*)>")
_OPTION = re.compile(r"<option\b([^>]*)>")
_VALUE = re.compile(r'([a-z-]+)="([^"]*)"')
_DETAILS = re.compile(r"<details\b([^>]*)>|</details>")
_TAG = re.compile(r"<[a-z0-9]+\b[^>]*\sautofocus\b[^>]*>")
_CURSOR = re.compile(r"\sautofocus(?=[\s>])")
_WRITTEN = frozenset({"", "text", "number", "date", "tel", "url", "search"})
_OWN_FIELDS = frozenset({"csrf_token", "form_token", "version"})


@dataclass(frozen=True)
class Control:
    """One field of a form: where its tag begins and ends on the page, and what stands in it."""

    tag: str
    start: int
    end: int
    says: str

    @property
    def values(self) -> dict[str, str]:
        """The attributes that have a value."""
        return dict(_VALUE.findall(self.says))

    @property
    def name(self) -> str:
        """What it is sent as."""
        return self.values.get("name", "")

    @property
    def kind(self) -> str:
        """The type of an input; "" for what has none."""
        return self.values.get("type", "")

    @property
    def is_marked(self) -> bool:
        """Whether the page says of itself that this one is wrong."""
        return self.values.get("aria-invalid") == "true"

    def has(self, word: str) -> bool:
        """Whether an attribute without a value stands in it."""
        return word in _VALUE.sub("", self.says).split()


@dataclass(frozen=True)
class Edit:
    """What is to stand in place of a piece of the page."""

    start: int
    end: int
    text: str


def point_out(page: str, message: str, *, action: str, sent: Mapping[str, str], field: str = "") -> str:
    """The page with the form open that was refused, its words back in it, and the field marked that is wrong.

    `action` is the address that the form was sent to and `sent` the words in it. Without a `field` it is the first
    one that must be filled in and came empty; without a `message` the first that the page has marked itself.
    A page without the form stays as it is; where no field is wrong, the cursor stays where the page put it.
    """
    controls = _form(page, action, sent)
    if not controls:
        return page
    edits = [*_unfolding(page, controls[0].start), *_kept(page, controls, sent)]
    wrong = _wrong(controls, message, sent, field)
    if wrong is not None:
        edits += [*_cursors(page), *_marked(page, wrong, message)]
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        page = page[: edit.start] + edit.text + page[edit.end :]
    return page


def _form(page: str, action: str, sent: Mapping[str, str]) -> list[Control]:
    """The fields of the form that was sent: of several with one address, the one with the same hidden values."""
    address = str(escape(action))
    forms = [
        list(_controls(form[2], form.start(2)))
        for form in _FORM.finditer(page)
        if {"action": address, "method": "post"}.items() <= dict(_VALUE.findall(form[1])).items()
    ]
    alike = [form for form in forms if all(_is_as_sent(one, sent) for one in form if one.kind == "hidden")]
    meant = alike or (forms if len(forms) == 1 else [[]])
    return [one for one in meant[0] if one.kind != "hidden"]


def _controls(text: str, offset: int) -> Iterator[Control]:
    for found in _CONTROL.finditer(text):
        yield Control(found[1], offset + found.start(), offset + found.end(), found[2])


def _is_as_sent(hidden: Control, sent: Mapping[str, str]) -> bool:
    return hidden.name in _OWN_FIELDS or str(escape(sent.get(hidden.name, ""))) == hidden.values.get(
        "value", ""
    )


def _wrong(controls: list[Control], message: str, sent: Mapping[str, str], field: str) -> Control | None:
    if not message:
        return next((one for one in controls if one.is_marked), None)
    if field:
        return next((one for one in controls if one.name == field), None)
    return next((one for one in controls if _is_missing(one, sent)), None)


def _is_missing(one: Control, sent: Mapping[str, str]) -> bool:
    """A file is not among the words that were sent: whether it came is known to the one who refuses."""
    is_blank = not sent.get(one.name, "").strip()
    return is_blank and one.has("required") and one.kind != "file"


def _kept(page: str, controls: list[Control], sent: Mapping[str, str]) -> Iterator[Edit]:
    """What was typed, where the page left it out; passwords are typed again, files chosen again."""
    for one in controls:
        words = str(escape(sent.get(one.name, "")))
        if not words:
            continue
        if one.tag == "textarea" and page.startswith("</textarea>", one.end + page.startswith("\n", one.end)):
            yield Edit(one.end, one.end, f"\n{words}")
        elif one.tag == "input" and one.kind in _WRITTEN and not one.values.get("value"):
            yield from _written(page, one, words)
        elif one.tag == "select":
            yield from _chosen(page, one, words)


def _written(page: str, one: Control, words: str) -> Iterator[Edit]:
    empty = page.find('value=""', one.start, one.end)
    if empty >= 0:
        yield Edit(empty, empty + len('value=""'), f'value="{words}"')
    else:
        yield Edit(one.end - 1, one.end - 1, f' value="{words}"')


def _chosen(page: str, one: Control, value: str) -> Iterator[Edit]:
    options = list(_OPTION.finditer(page, one.end, page.index("</select>", one.end)))
    if any("selected" in _VALUE.sub("", option[1]).split() for option in options):
        return
    for option in options:
        if dict(_VALUE.findall(option[1])).get("value") == value:
            yield Edit(option.end() - 1, option.end() - 1, " selected")


def _marked(page: str, wrong: Control, message: str) -> Iterator[Edit]:
    """The mark, the cursor, and both the hint that the field had and the sentence as what describes it."""
    yield Edit(wrong.end - 1, wrong.end - 1, " autofocus")
    if wrong.is_marked:
        return
    place = _place(page, wrong)
    yield Edit(place, place, f'<span class="remark" id="{SENTENCE}">{escape(message)}</span>')
    yield Edit(wrong.end - 1, wrong.end - 1, ' aria-invalid="true"')
    hint = page.find('aria-describedby="', wrong.start, wrong.end)
    if hint < 0:
        yield Edit(wrong.end - 1, wrong.end - 1, f' aria-describedby="{SENTENCE}"')
    else:
        end = page.index('"', hint + len('aria-describedby="'))
        yield Edit(end, end, f" {SENTENCE}")


def _place(page: str, wrong: Control) -> int:
    """Where the sentence goes: the end of the field's paragraph; for one of several boxes, under their heading."""
    if wrong.kind in ("radio", "checkbox"):
        heading = page.rfind("</legend>", 0, wrong.start)
        if heading > page.rfind("</fieldset>", 0, wrong.start):
            return heading
    end = page.find("</p>", wrong.end)
    return end if end >= 0 else wrong.end


def _unfolding(page: str, place: int) -> Iterator[Edit]:
    """The folded parts around a place, opened."""
    around: list[re.Match[str]] = []
    for found in _DETAILS.finditer(page, 0, place):
        around = around[:-1] if found[0] == "</details>" else [*around, found]
    for found in around:
        if "open" not in _VALUE.sub("", found[1]).split():
            yield Edit(found.end() - 1, found.end() - 1, " open")


def _cursors(page: str) -> Iterator[Edit]:
    """Every other place that asks for the cursor, to be taken out; not where somebody wrote the word."""
    for tag in _TAG.finditer(page):
        bare = re.sub(r'"[^"]*"', lambda value: "x" * len(value[0]), tag[0])
        for found in _CURSOR.finditer(bare):
            yield Edit(tag.start() + found.start(), tag.start() + found.end(), "")
