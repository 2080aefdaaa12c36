"""The hub's office, and the links of a page."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

import pytest

from tests.panel_office import office, seeded, unhurried

__all__ = ["office", "seeded", "unhurried"]


@pytest.fixture
def links_of() -> Callable[[str], list[str]]:
    """Addresses of our own that a page links to."""

    def find(html: str) -> list[str]:
        found = [unescape(link) for link in re.findall(r'href="([^"]+)"', html)]
        return sorted({link for link in found if link.startswith("/") and urlsplit(link).path != ""})

    return find
