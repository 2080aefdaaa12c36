"""Passwords of panel accounts: argon2id, a minimum length and words that nobody may use."""

import secrets
import string
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 128
MIN_DISTINCT = 5
GENERATED_LENGTH = 16

# A password that is one of these words plus digits and punctuation is guessed first.
DENIED_WORDS = frozenset(
    {
        "password", "passwd", "passw0rd", "qwertyuiop", "qwerty", "asdfghjkl", "zxcvbnm", "admin",
        "administrator", "letmein", "welcome", "iloveyou", "woaini", "abcdefg", "abcdefgh", "abc",
        "qiying", "zhengwu", "zhengwufuwu", "yingshang", "qiye", "youqiubiying", "tianjin", "ninghe",
        "dongli", "beichen", "baoshuiqu", "tpftz", "binhai", "天津", "宁河", "宁河区", "东丽", "东丽区",
        "北辰", "北辰区", "保税区", "滨海新区", "政务服务", "政务服务办", "市场监管局", "营商环境", "企应",
    }
)  # fmt: skip

_READABLE = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lI")


class Passwords:
    """Hashes and checks; at most two at a time, because each takes 64 MiB and a core."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turn = threading.BoundedSemaphore(2)
        self._dummy = self._hasher.hash(secrets.token_urlsafe(16))

    def hash(self, password: str) -> str:
        """The argon2id hash of a password."""
        with self._turn:
            return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; an unknown user (None) costs the same time as a known one."""
        with self._turn:
            try:
                fits = self._hasher.verify(stored or self._dummy, password[:MAX_LENGTH])
            except (VerificationError, InvalidHashError):
                return False
        return fits and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def password_fault(password: str, username: str) -> str | None:
    """Why this password is refused, in a sentence; None if it may be used."""
    if len(password) < MIN_LENGTH:
        return f"口令太短：至少 {MIN_LENGTH} 个字符"
    if len(password) > MAX_LENGTH:
        return f"口令太长：至多 {MAX_LENGTH} 个字符"
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < MIN_DISTINCT:
        return "口令里重复的字符太多，请换一个"
    letters = "".join(c for c in plain if c.isalpha())
    if not letters:
        return "口令不能全是数字或符号"
    if letters in DENIED_WORDS or (username and username.casefold() in plain):
        return "口令太好猜：不要用账号名、区名、部门名或常见单词加数字"
    return None


def generate_password() -> str:
    """A random password that can be read out: no 0/O, 1/l/I."""
    return "".join(secrets.choice(_READABLE) for _ in range(GENERATED_LENGTH))
