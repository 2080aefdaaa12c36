"""The page to log in: for those who come to it, and in front of a form whose login ended while it was written."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.panel.deps import PanelDeps
from app.panel.rendering import Pages
from app.panel.security import HOME, login_token, new_nonce

LOGIN = "/admin/login"
NONCE_COOKIE = "qiying_login"


def login_page(
    deps: PanelDeps,
    pages: Pages,
    request: Request,
    *,
    next_path: str = HOME,
    username: str = "",
    fault: str = "",
    kept: str = "",
    status: int = 200,
) -> Response:
    """The form with a token bound to this browser; `kept` is a packed form that goes through the login with it."""
    nonce = request.cookies.get(NONCE_COOKIE) or new_nonce()
    html = pages.render(
        "login.html",
        token=login_token(deps.signing_key, nonce),
        next_path=next_path,
        username=username,
        fault=fault,
        kept=kept,
        done=request.query_params.get("done", ""),
    )
    response = HTMLResponse(html, status_code=status)
    response.set_cookie(
        NONCE_COOKIE,
        nonce,
        max_age=3600,
        path=LOGIN,
        httponly=True,
        samesite="lax",
        secure=deps.is_https,
    )
    return response
