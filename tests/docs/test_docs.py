"""What the documents name exists: commands with their options, settings, make targets, links, files, tables, alarms."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import click
import typer

from app import log
from app.cli.main import app
from app.health import REASONS
from app.settings import Settings
from app.tables import metadata
from bot.commands import COORDINATOR_VERBS, STAFF_VERBS, Verb, parse

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
SETTING = re.compile(r"QIYING_[A-Z0-9_]+")
OWN_PATH = re.compile(r"(?:app|bot|handbook|tests|docs|deploy|kb)/[A-Za-z0-9_./-]*")
WORKED = re.compile(r"`([\w/]+\.py)` `([\w.]+)`")
# Read by tests and the installation scripts, not by the program.
HELP = ("-h", "--help")
OTHER_VARIABLES = {"QIYING_TEST_DATABASE", "QIYING_ENV_FILE"}


@cache
def whole_program() -> click.Command:
    """The command `qiying` with everything below it."""
    return typer.main.get_command(app)


def calls_of(line: str) -> Iterator[list[str]]:
    """The arguments of every `qiying …` of a shell line."""
    for part in re.split(r"&&|\|\||;", line):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue
        places = [place for place, word in enumerate(words) if word.rpartition("/")[2] == "qiying"]
        if places and places[-1] + 1 < len(words):
            yield words[places[-1] + 1 :]


def alternatives(words: list[str]) -> list[list[str]]:
    """`import areas|officers FILE` is two commands."""
    found: list[list[str]] = [[]]
    for word in words:
        options = word.split("|") if re.fullmatch(r"[a-z-]+(\|[a-z-]+)+", word) else [word]
        found = [[*before, option] for before in found for option in options]
    return found


def fault_of(words: list[str], *, is_whole: bool) -> str:
    """What is wrong with a command; `is_whole`: meant to be typed as it stands, not only named."""
    command = whole_program()
    rest = list(words)
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        if rest and rest[0] in HELP:
            return ""
        if not rest or rest[0] not in command.commands:  # type: ignore[attr-defined]
            return "" if not rest and not is_whole else f"no command {' '.join(words)}"
        command = command.commands[rest.pop(0)]  # type: ignore[attr-defined]
    options = {
        name: item for item in command.params if item.param_type_name == "option" for name in item.opts
    }
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    used, free = set(), 0
    while rest:
        word = rest.pop(0)
        if word in HELP:
            return ""
        if not word.startswith("-"):
            free += 1
            continue
        name = word.partition("=")[0]
        if name not in options:
            return f"{' '.join(words)}: no option {name}"
        used.add(options[name].name)
        if not getattr(options[name], "is_flag", False) and "=" not in word:
            if not rest:
                return f"{' '.join(words)}: {name} wants a value"
            rest.pop(0)
    return _counted(words, command, arguments, used, free) if is_whole or used or free else ""


def _counted(words: list[str], command: click.Command, arguments: list, used: set, free: int) -> str:
    least = sum(1 for item in arguments if item.required)
    most = 99 if any(item.nargs == -1 for item in arguments) else len(arguments)
    if not least <= free <= most:
        return f"{' '.join(words)}: {free} arguments, wants {least} to {most}"
    missing = [item.name for item in command.params if item.param_type_name == "option" and item.required]
    missing = [name for name in missing if name not in used]
    return f"{' '.join(words)}: needs {missing}" if missing else ""


def test_every_command_exists_with_its_options(documents) -> None:
    faults, count = [], 0
    for item in documents:
        lines = [(line, True) for block in item.blocks for line in block.replace("\\\n", " ").splitlines()]
        lines += [(span, False) for span in item.spans]
        for line, is_whole in lines:
            for words in calls_of(line):
                for one in alternatives(words):
                    count += 1
                    fault = fault_of(one, is_whole=is_whole)
                    if fault:
                        faults.append(f"{item.name}: {fault}")
    assert faults == []
    assert count > 60, "the documents are read"


def test_the_check_of_commands_sees_what_is_wrong() -> None:
    """It must be able to fail."""
    for words in (["kb", "chek"], ["kb", "check", "--indx"], ["db", "backup"], ["admin", "create-user", "x"]):
        assert fault_of(words, is_whole=True), words
    assert fault_of(["db", "backup"], is_whole=False) == ""
    assert list(calls_of("cd /x && sudo -u qiying .venv/bin/qiying setup  # 向导")) == [["setup"]]


def test_every_link_leads_somewhere(documents) -> None:
    gone = [
        f"{item.name}: {target}"
        for item in documents
        for target in LINK.findall(item.text)
        if "://" not in target
        and not target.startswith("#")
        and not (item.folder / target.partition("#")[0]).exists()
    ]
    assert gone == []


def test_every_setting_exists(documents) -> None:
    known = {f"QIYING_{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    unknown = [
        f"{item.name}: {name}"
        for item in documents
        for name in SETTING.findall(item.text)
        if name not in known and not (name.endswith("_") and any(one.startswith(name) for one in known))
    ]
    assert unknown == []


def test_every_make_target_exists(documents) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [
        (item.name, target)
        for item in documents
        for code in (*item.blocks, *item.spans)
        for target in re.findall(r"(?:^|\s|&&\s)make ([a-z-]+)", code, re.MULTILINE)
    ]
    assert [one for one in named if one[1] not in targets] == []
    assert named


def test_every_file_named_exists(documents) -> None:
    """`docs/architecture.md` above all."""
    gone = [
        f"{item.name}: {span}"
        for item in documents
        for span in item.spans
        if OWN_PATH.fullmatch(span) and not (ROOT / span).exists()
    ]
    assert gone == []


def test_every_function_named_beside_its_file_is_there(page) -> None:
    found = WORKED.findall(page("docs/architecture.md").text)
    gone = [
        f"{file}: {name}"
        for file, name in found
        for part in name.split(".")
        if not re.search(rf"(?:def|class) {part}\b|^{part}\b", (ROOT / file).read_text(), re.MULTILINE)
    ]
    assert gone == []
    assert len(found) > 15


def test_every_test_folder_is_on_the_map(page) -> None:
    folders = {f"tests/{path.parent.name}" for path in (ROOT / "tests").glob("*/test_*.py")}
    assert sorted(name for name in folders if f"`{name}`" not in page("docs/architecture.md").text) == []


def test_every_alarm_event_and_reason_is_explained(page) -> None:
    text = page("docs/troubleshooting.md").text
    alarms = re.findall(r"Alarm\(\s*\"(\w+)\"", (ROOT / "app/alarms/service.py").read_text())
    parts = re.findall(r"Finding\(\s*\"(\w+)\"|_checked\(\"(\w+)\"", (ROOT / "app/cli/doctor.py").read_text())
    assert len(alarms) > 8
    assert sorted(name for name in {*alarms, *log.EVENTS} if f"`{name}`" not in text) == []
    assert sorted(reason for reason in REASONS.values() if reason not in text) == []
    assert sorted({part for pair in parts for part in pair if part and f"| {part} |" not in text}) == []


def test_every_table_is_on_the_data_map(page) -> None:
    """What is stored about people is said (PIPL 17, 55)."""
    text = page("docs/privacy.md").text
    assert sorted(name for name in metadata.tables if f"`{name}`" not in text) == []


def test_every_example_of_the_officers_guide_is_understood(page) -> None:
    """Contract «Chat commands»: what the page shows works when it is typed."""
    guide = page("docs/officer-guide.md")
    said = {span: parse(span) for span in guide.spans}
    assert [span for span, command in said.items() if command is None] == []
    verbs = {command.verb for command in said.values() if command is not None}
    assert sorted(verb.value for verb in STAFF_VERBS - verbs) == []
    line = next(line for line in guide.text.splitlines() if line.startswith("**部门协调专员**"))
    named = {Verb(word) for word in re.findall(r"`([^`]+)`", line)}
    assert named == COORDINATOR_VERBS


def test_the_list_of_licences_is_the_pinned_one(page) -> None:
    """`make licences` after every change of the lock files."""
    text = page("docs/licences.md").text
    pins = [
        line.partition("==")
        for file in ("requirements.lock", "requirements-dev.lock")
        for line in (ROOT / file).read_text().split()
    ]
    missing = [
        f"{name} {number}"
        for name, _, number in pins
        if f"| {re.sub(r'[-_.]+', '-', name).lower()} | {number} |" not in text
    ]
    assert missing == []
    assert version("qiying")
