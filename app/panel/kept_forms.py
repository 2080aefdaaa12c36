"""A form whose login ended while it was being written: carried through the login, then shown again as it was.

Nothing is stored: the fields travel in the login page of the browser that sent them. Passwords are never carried,
and of a file only its name: a browser lets nobody choose files but the person in front of it.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.errors import AppError
from app.panel.calls import Form

MARK, LEFT = "written_before", "file_left_behind"
LONGEST_PACKED = 48 * 1024
LONGEST = 256 * 1024
_UNKEPT = ("/admin/login", "/admin/logout", "/admin/me", "/admin/users", "/admin/keys")
_OURS = re.compile(r"/admin(?:/[A-Za-z0-9_\-.]+)+")
_NOT_WRITTEN = frozenset({"csrf_token", "version", MARK})


@dataclass(frozen=True)
class KeptForm:
    """Where it was sent to, and its fields in their order."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @property
    def file(self) -> str:
        """The name of the file that was chosen and has to be chosen again; "" if there was none."""
        return dict(self.fields).get(LEFT, "")


def written_before(form: Form) -> AppError:
    """What is said over a form that came back after its login: whether its file has to be chosen again."""
    name = form.text(LEFT)
    if not name:
        return AppError("登录到过时，还没有提交：看过再提交一次")
    return AppError(f"登录到过时，还没有提交：文件没有带过来，请重新选择「{name}」再提交", field="file")


def pack(path: str, form: Form) -> str:
    """The form as one hidden field; "" if nothing was written, if it holds secrets, or if it is too long."""
    fields = [pair for pair in _pairs(form) if pair[0] != "csrf_token"]
    is_written = any(value and name not in _NOT_WRITTEN for name, value in fields)
    if not is_written or not _may_keep(path) or form.is_too_large:
        return ""
    text = json.dumps({"path": path, "fields": fields}, ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode())).decode()
    return packed if len(packed) <= LONGEST_PACKED else ""


def unpack(packed: str) -> KeptForm | None:
    """What `pack` made; None for anything else, however large it would become."""
    if not packed or len(packed) > LONGEST_PACKED:
        return None
    try:
        text = zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed), LONGEST)
        held = json.loads(text)
        fields = tuple((str(name), str(value)) for name, value in held["fields"])
        path = str(held["path"])
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError):
        return None
    return KeptForm(path, fields) if _may_keep(path) else None


def _pairs(form: Form) -> Iterator[tuple[str, str]]:
    for name, values in form.lists.items():
        for value in values:
            yield name, value
    if form.file is not None:
        yield LEFT, form.file.name


def _may_keep(path: str) -> bool:
    is_ours = _OURS.fullmatch(path) is not None and ".." not in path
    return is_ours and not any(path == one or path.startswith(f"{one}/") for one in _UNKEPT)
