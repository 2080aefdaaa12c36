"""What a route of the panel demands of whoever opens it; a route that declares nothing is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.errors import ConfigurationError
from app.panel.calls import Form
from app.panel.deps import PanelDeps
from app.panel.models import User
from app.panel.roles import Role

Preparation = Callable[[PanelDeps, Form], Any]
Check = Callable[[PanelDeps, User, Form], None]


@dataclass(frozen=True)
class Access:
    """Who may use a route; `roles` None: no login needed. `action` names the audit row of a form.

    `prepare` works on the form before the transaction begins, so that slow reading holds no lock. `check` may
    refuse before it begins, so that what it counted stays counted.
    """

    roles: frozenset[Role] | None
    action: str = ""
    prepare: Preparation | None = None
    check: Check | None = None


def require_declared(router: APIRouter) -> None:
    """Refuse to start while any route lacks a declared access (deny by default)."""
    bare = [
        str(getattr(route, "path", route))
        for route in router.routes
        if not isinstance(route, APIRoute) or access_of(route) is None
    ]
    if bare:
        raise ConfigurationError([f"后台页面没有声明权限：{name}" for name in bare])


def access_of(route: APIRoute) -> Access | None:
    """The declared access of a route."""
    found = getattr(route.endpoint, "access", None)
    return found if isinstance(found, Access) else None
