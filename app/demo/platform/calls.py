"""One call to the API, and what an endpoint may answer besides JSON."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from app.demo.platform.errcodes import ApiError

_ESCAPE = re.compile(rb"\\u(?:00[89a-f][0-9a-f]|0[1-9a-f][0-9a-f]{2}|[1-9a-f][0-9a-f]{3})", re.IGNORECASE)


@dataclass(frozen=True)
class ApiCall:
    """A request as it came; header names are lower case."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body's object; errors 44002 and 47001. No Content-Type is asked for: clients send none."""
        if not self.body:
            raise ApiError(44002)
        try:
            value = json.loads(self.body.decode("utf-8"))
        except ValueError:
            raise ApiError(47001) from None
        if not isinstance(value, dict):
            raise ApiError(47001)
        return value

    @property
    def has_escaped_unicode(self) -> bool:
        """Whether Chinese was sent as escapes, which the real platform is not known to accept everywhere."""
        return bool(_ESCAPE.search(self.body))


@dataclass(frozen=True)
class RawAnswer:
    """An answer that is not JSON."""

    body: bytes
    content_type: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
