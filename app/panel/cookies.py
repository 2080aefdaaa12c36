"""The cookie of a login: random, for this host only, out of reach of scripts."""

from starlette.responses import Response

from app.panel.deps import PanelDeps
from app.panel.sessions import ABSOLUTE


def set_login(response: Response, deps: PanelDeps, cookie: str) -> None:
    """Give the browser a new login; the value is shown to nobody else."""
    response.set_cookie(
        deps.cookie_name,
        cookie,
        max_age=int(ABSOLUTE.total_seconds()),
        path=_path(deps),
        httponly=True,
        samesite="lax",
        secure=deps.is_https,
    )


def drop_login(response: Response, deps: PanelDeps) -> None:
    """Take it back."""
    response.delete_cookie(deps.cookie_name, path=_path(deps))


def _path(deps: PanelDeps) -> str:
    return "/" if deps.is_https else "/admin"
