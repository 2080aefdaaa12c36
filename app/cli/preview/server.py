"""The preview's pages: a list, one entry side by side as bubble and phone page, and what tells it to reload."""

from pathlib import Path

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from app.cli.preview.views import Bench
from app.db import Database
from app.phone.entry_view import view_of
from app.phone.markdown import Renderer
from app.phone.rendering import PhonePages, picture_file, static_file

FOLDER = Path(__file__).parent
FILES = {"preview.css": "text/css", "preview.js": "text/javascript"}
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def preview_app(bench: Bench, db: Database, *, first: str = "") -> FastAPI:
    """The application; `first` is the entry that the front page leads to."""
    pages = _Pages(bench, db, first)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    # Another site's page in the same browser must not read drafts by a name that points here.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "testserver"])
    app.add_api_route("/", pages.front, methods=["GET"])
    app.add_api_route("/all", pages.index, methods=["GET"])
    app.add_api_route("/version", pages.version, methods=["GET"])
    app.add_api_route("/entry/{entry_id:path}", pages.entry, methods=["GET"])
    app.add_api_route("/h/{entry_id:path}", pages.phone, methods=["GET"])
    app.add_api_route("/h-images/{folder}/{slug}/{name}", pages.picture, methods=["GET"])
    app.add_api_route("/phone-static/{name}", pages.phone_file, methods=["GET"])
    app.add_api_route("/static/{name}", pages.file, methods=["GET"])
    return app


class _Pages:
    def __init__(self, bench: Bench, db: Database, first: str) -> None:
        self._bench = bench
        self._first = first
        self._markdown = Renderer()
        self._phone = PhonePages(bench.profile)
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def front(self) -> Response:
        """To the entry the command named, or to the list."""
        return RedirectResponse(f"/entry/{self._first}" if self._first else "/all")

    def index(self) -> Response:
        """Every entry, and the faults that keep a file out."""
        library = self._bench.library()
        return self._page("list.html", entries=library.entries, problems=library.problems)

    def entry(self, entry_id: str) -> Response:
        """Bubble, phone page and faults of one entry."""
        shown = self._bench.show(entry_id)
        if shown is None:
            return self._page("list.html", status=404, entries=self._bench.library().entries, problems=())
        return self._page("entry.html", entry_id=entry_id, shown=shown)

    def phone(self, entry_id: str) -> Response:
        """The page as a phone shows it, allowed inside our own frame."""
        shown = self._bench.show(entry_id)
        if shown is None or shown.entry is None:
            response = self._phone.message("这一页还看不了", "先把左边标出的错误改好。", status=404)
        else:
            related = [
                found for name in shown.entry.related if (found := self._bench.entry(name)) is not None
            ]
            view = view_of(shown.entry, self._markdown, self._bench.today)
            response = self._phone.page(
                "entry.html", title=shown.entry.title, entry=view, related=related, answer=""
            )
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def picture(self, folder: str, slug: str, name: str) -> Response:
        """A picture of an entry as it is written now."""
        shown = self._bench.show(f"{folder}/{slug}")
        entry = shown.entry if shown is not None else None
        found = picture_file(self._bench.folders, entry, name) if entry is not None else None
        return found or Response(status_code=404)

    def version(self) -> Response:
        """What the page asks twice a second."""
        return JSONResponse({"version": self._bench.version()}, headers=HEADERS)

    def phone_file(self, name: str) -> Response:
        """Style and script of the phone page."""
        return static_file(name) or Response(status_code=404)

    def file(self, name: str) -> Response:
        """Style and script of the preview."""
        if name not in FILES:
            return Response(status_code=404)
        return Response((FOLDER / name).read_bytes(), media_type=FILES[name], headers=HEADERS)

    def _page(self, template: str, *, status: int = 200, **values: object) -> Response:
        html = self._templates.get_template(template).render(
            version=self._bench.version(), district=self._bench.profile.name, **values
        )
        return HTMLResponse(html, status_code=status, headers=HEADERS)
