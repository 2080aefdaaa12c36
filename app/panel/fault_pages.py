"""The page that comes back when a form was refused: its words are there, the cursor stands in the wrong field."""

from starlette.responses import HTMLResponse, Response

from app.errors import AppError
from app.page_faults import point_out
from app.panel.calls import Form


def pointed(page: Response, path: str, form: Form, error: AppError | None = None) -> Response:
    """The page with the form as it was sent and the field marked that `error` is about, or that the page found wrong.

    `path` is where the form was sent to; an answer that refuses nothing comes back as it is.
    """
    if page.status_code < 400:
        return page
    html = bytes(page.body).decode()
    message, field = (error.message, error.field) if error else ("", "")
    told = point_out(html, message, action=path, sent=form.fields, field=field)
    return HTMLResponse(told, status_code=page.status_code) if told != html else page
