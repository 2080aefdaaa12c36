"""Templates of the panel: autoescaped, with the few words and formats that every page shares."""

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.clock import SHANGHAI, local_text
from app.panel.deps import PanelDeps
from app.panel.navigation import NOTICES, current_item, menu_for
from app.panel.push_faults import fault_text
from app.panel.roles import ROLE_NAMES, Role
from app.tickets.masking import mask_name, mask_phone

FOLDER = Path(__file__).parent


class Pages:
    """Renders templates."""

    def __init__(self, deps: PanelDeps) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            moment=local_text,
            iso=iso_text,
            stamp=stamp_text,
            day=day_text,
            phone=mask_phone,
            person=mask_name,
            openid=mask_openid,
            push_fault=fault_text,
            pair=lambda name: (name, name),
        )
        self._environment.globals.update(
            district=deps.district_name,
            is_demo=deps.is_demo,
            notices=NOTICES,
            menu_for=lambda role: menu_for(role, separates_duties=deps.policy.separates_duties),
            current_item=current_item,
            role_name=lambda role: ROLE_NAMES[Role(role)],
            style_version=hashlib.sha256((FOLDER / "static" / "panel.css").read_bytes()).hexdigest()[:10],
            user=None,
            done="",
            path="",
        )

    def render(self, template: str, **values: Any) -> str:
        """The HTML of one page."""
        return self._environment.get_template(template).render(**values)


def day_text(day: date) -> str:
    """`2026-11-20 周五`: panel tables line up by it."""
    return f"{day:%Y-%m-%d} 周{'一二三四五六日'[day.weekday()]}"


def stamp_text(moment: datetime) -> str:
    """`2026-11-20 16:05` in China time, for paper."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def iso_text(moment: datetime) -> str:
    """Machine form of a moment for `<time datetime>`, China time."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def mask_openid(openid: str) -> str:
    """Enough of an openid to tell two people apart, not enough to use it."""
    return f"{openid[:4]}…{openid[-4:]}" if len(openid) > 8 else openid
