"""Where `qiying setup` has its answers from: a file, what is set already, or the person at the keyboard."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typer

from app.errors import AppError

Check = Callable[[str], str]
KNOWN = frozenset(
    {
        "district", "public_url", "skip",
        "wechat.app_id", "wechat.app_secret", "wechat.token", "wechat.encoding_aes_key", "wechat.original_id",
        "admin.username", "admin.name",
        "imports.areas", "imports.departments", "imports.officers", "imports.enterprises", "imports.apply",
    }
)  # fmt: skip


def no_check(_value: str) -> str:
    """Anything goes."""
    return ""


def read_answers(path: Path | None) -> dict[str, Any]:
    """The answers file; raises AppError where it cannot be read or has an unknown name."""
    if path is None:
        return {}
    try:
        answers = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise AppError(f"没有这个回答文件：{path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AppError(f"{path} 读不懂（要 UTF-8 的 TOML）：{error}") from None
    unknown = sorted(_names(answers) - KNOWN)
    if unknown:
        raise AppError(f"{path} 里没有这样的项：{'、'.join(unknown)}。可以写：{'、'.join(sorted(KNOWN))}")
    return answers


def _names(answers: Mapping[str, Any]) -> set[str]:
    """`district`, `wechat.token`: every name of the file."""
    found = set()
    for name, value in answers.items():
        found |= {f"{name}.{inner}" for inner in value} if isinstance(value, Mapping) else {name}
    return found


class Answers:
    """Looks in the file first, then at what is set already, then asks, or notes what is missing.

    A name with a dot (`wechat.token`) is a table of the file and a name in it.
    """

    def __init__(self, given: Mapping[str, Any], *, is_interactive: bool) -> None:
        self._given = given
        self.is_interactive = is_interactive
        self._faults: list[str] = []

    def text(
        self,
        name: str,
        question: str,
        *,
        known: str = "",
        check: Check = no_check,
        is_secret: bool = False,
        is_required: bool = True,
    ) -> str:
        """One value; `known` is what is set already. Faults of a file's values are collected, a person is asked again."""
        given = self._find(name)
        if given is not None:
            return self._checked(name, str(given).strip(), check)
        if not self.is_interactive:
            if not known and is_required:
                self._faults.append(f"缺少 {name}（{question}）")
            return self._checked(name, known, check) if known else ""
        return self._ask(question, known, check, is_secret=is_secret, is_required=is_required)

    def is_wanted(self, step: str, question: str) -> bool:
        """Whether an optional step is to be taken: all but those the file skips, or as the person says."""
        if step in self._skipped():
            return False
        return not self.is_interactive or typer.confirm(question, default=True)

    def flag(self, name: str, question: str) -> bool:
        """A yes that must be given: the file's, or the person's; no by default."""
        given = self._find(name)
        if given is not None:
            return given is True
        return self.is_interactive and typer.confirm(question, default=False)

    def refuse_faults(self) -> None:
        """Raise AppError naming every missing or unusable answer."""
        if self._faults:
            raise AppError("\n".join(self._faults))

    def _skipped(self) -> list[str]:
        skipped = self._given.get("skip", [])
        return [str(item) for item in skipped] if isinstance(skipped, list) else []

    def _find(self, name: str) -> Any:
        found: Any = self._given
        for part in name.split("."):
            if not isinstance(found, Mapping) or part not in found:
                return None
            found = found[part]
        return found

    def _checked(self, name: str, value: str, check: Check) -> str:
        fault = check(value)
        if fault:
            self._faults.append(f"{name}：{fault}")
        return value

    def _ask(self, question: str, known: str, check: Check, *, is_secret: bool, is_required: bool) -> str:
        hint = "（已填过，直接回车不改）" if is_secret and known else ""
        while True:
            default = known if known else (None if is_required else "")
            typed = typer.prompt(
                f"{question}{hint}",
                default=default,
                hide_input=is_secret,
                show_default=bool(known) and not is_secret,
            )
            value = str(typed).strip()
            fault = check(value)
            if not fault:
                return value
            typer.echo(f"  {fault}")
