"""The settings file (`.env`) as lines: single values change, comments and other lines stay."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from app.errors import AppError

# What dotenv and systemd read alike without quotes.
_PLAIN = re.compile(r"[^\s'\"#$\\`]*")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")


def read_values(path: Path) -> dict[str, str]:
    """Name → value as written, without its quotes; the last of several lines counts. Empty for no file."""
    values = {}
    for line in _lines(path):
        match = _LINE.fullmatch(line)
        if match:
            values[match[1]] = _unquoted(match[2])
    return values


def is_writable_value(value: str) -> bool:
    """Whether the value can stand in the file without quotes, read alike by everybody."""
    return _PLAIN.fullmatch(value) is not None


def write_values(path: Path, values: Mapping[str, str], template: Path | None = None) -> list[str]:
    """Set these values and leave everything else as it is; the names that changed.

    The file is readable by its owner only (0600). A missing one begins as a copy of `template`.
    A link is followed. Raises AppError for a value that would need quotes.
    """
    unfit = [name for name, value in values.items() if not is_writable_value(value)]
    if unfit:
        raise AppError(f"{'、'.join(unfit)} 里有空格、引号、# 或 $，写不进设置文件：请换一个值")
    target = path.resolve()
    lines = _lines(target) or (_lines(template) if template is not None else [])
    known = read_values(target)
    changed = [name for name, value in values.items() if known.get(name, "") != value]
    present = set()
    for number, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        if match and match[1] in values:
            present.add(match[1])
            if _unquoted(match[2]) != values[match[1]]:
                lines[number] = f"{match[1]}={values[match[1]]}"
    lines += [f"{name}={value}" for name, value in values.items() if name not in present and value]
    _store(target, "\n".join(lines) + "\n")
    return changed


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise AppError(f"{path} 不是 UTF-8 编码：请另存为 UTF-8 再运行") from None


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if is_quoted else re.sub(r"\s+#.*", "", text)


def _store(target: Path, text: str) -> None:
    """Replace the file at once; where the folder is not ours (a service account), write into it."""
    partial = target.with_name(target.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
    except PermissionError:
        target.write_text(text, encoding="utf-8")
        target.chmod(0o600)
        return
    partial.write_text(text, encoding="utf-8")
    if target.exists() and os.geteuid() == 0:
        owner = target.stat()
        os.chown(partial, owner.st_uid, owner.st_gid)
    partial.replace(target)
