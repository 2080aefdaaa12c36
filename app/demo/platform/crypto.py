"""Callback signatures and AES, written from the published layout and not from the bot's library: a
mistake that both sides share would pass every test."""

import base64
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


def signature(*parts: str) -> str:
    """Lower-case hex SHA-1 of the sorted, joined parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


class CallbackCipher:
    """AES-256-CBC as the callback uses it: random(16) | length | message | AppID, padded to 32 bytes."""

    def __init__(self, aes_key: str, app_id: str) -> None:
        key = base64.b64decode(aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._app_id = app_id.encode()

    def encrypt(self, message: str | bytes, *, app_id: str | None = None, prefix: bytes = b"") -> str:
        """Base64 of the encrypted message; another `app_id` and a fixed `prefix` are for tests."""
        text = message.encode() if isinstance(message, str) else message
        tail = self._app_id if app_id is None else app_id.encode()
        plain = (prefix or os.urandom(16)) + struct.pack(">I", len(text)) + text + tail
        padding = BLOCK - len(plain) % BLOCK
        return self.encrypt_raw(plain + bytes([padding]) * padding)

    def encrypt_raw(self, padded: bytes) -> str:
        """Base64 of any whole number of 16-byte blocks."""
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> str:
        """The message; ValueError for bad padding, a bad length or another AppID."""
        decryptor = self._cipher.decryptor()
        padded = decryptor.update(base64.b64decode(encrypted, validate=True)) + decryptor.finalize()
        padding = padded[-1] if padded else 0
        if (
            not 1 <= padding <= BLOCK
            or len(padded) % BLOCK
            or padded[-padding:] != bytes([padding]) * padding
        ):
            raise ValueError("padding")
        plain = padded[:-padding]
        (length,) = struct.unpack(">I", plain[16:20])
        message, tail = plain[20 : 20 + length], plain[20 + length :]
        if len(message) != length or tail != self._app_id:
            raise ValueError("appid")
        return message.decode()
