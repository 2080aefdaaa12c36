"""The hub in its panel, over HTTP: dispatches, decides in meetings, uploads a list, pushes a policy, settles calls."""

import csv
import io
import re
from datetime import date
from html import unescape
from random import Random

import httpx2

from app.bench.week.diary import Diary, Matter, numbers_in
from app.bench.week.engine import Engine
from app.bench.week.people import HUB_LOGIN, Cast
from app.clock import local_date
from app.errors import AppError
from app.workdays.calendar import WorkCalendar

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_VERSION = re.compile(r'name="version" value="(\d+)"')
_ROW = re.compile(r'name="number" value="(\d{8}-\d{4}:\d+)"')
_LINKED = re.compile(r'href="/admin/tickets/(\d{8}-\d{4})["#]')
_PUSH = re.compile(r"/admin/policies/(\d+)")
_RECEIVERS = re.compile(r'name="receivers" value="(\d+)"')
WAIT_S = 60


class Office:
    """One logged-in browser of the hub."""

    def __init__(self, engine: Engine, cast: Cast, calendar: WorkCalendar) -> None:
        self.engine = engine
        self.cast = cast
        self.calendar = calendar
        self.client = httpx2.Client(base_url=engine.town.address, timeout=WAIT_S)

    @property
    def _rng(self) -> Random:
        return self.engine.rng

    @property
    def _diary(self) -> Diary:
        return self.engine.diary

    def log_in(self) -> None:
        """With name and password; AppError if that does not open the door."""
        page = self.client.get("/admin/login").text
        fields = {"username": HUB_LOGIN[0], "password": HUB_LOGIN[1], "next": ""}
        answer = self.client.post("/admin/login", data=fields | {"csrf_token": _token(page)})
        if answer.status_code != 303:
            raise AppError(f"后台登录没有成功（{answer.status_code}）")

    def sit(self) -> None:
        """A round through the queue, the meetings, and what only the hub holds."""
        self._dispatch()
        self._decide()

    def _dispatch(self) -> None:
        """Everything that waits goes to somebody in batches, as a clerk does it."""
        waiting = list(dict.fromkeys(_LINKED.findall(self._page("/admin/queue"))))
        for place in range(0, len(waiting), 10):
            chosen = waiting[place : place + 10]
            page = self._page("/admin/tickets/dispatch", {"number": chosen})
            targets = [value for value in _options(page, "target") if ":" in value]
            rows = _ROW.findall(page)
            if not targets or not rows:
                continue
            fields = {"csrf_token": _token(page), "target": self._rng.choice(targets), "note": ""}
            answer = self.client.post("/admin/tickets/dispatch", data={**fields, "number": rows})
            self._diary.counts[f"dispatched:{answer.status_code}"] += len(rows)

    def _decide(self) -> None:
        """What a meeting was asked for is decided a few days later."""
        for number in dict.fromkeys(_LINKED.findall(self._page("/admin/meetings"))):
            page = self._page(f"/admin/tickets/{number}")
            leads = [value for value in _options(page, "lead") if value]
            if not leads or self._rng.random() < 0.5:
                continue
            due = self.calendar.add(local_date(self.engine.now), 5)
            self._do(page, number, "decide", lead=self._rng.choice(leads), due_on=due.isoformat(),
                     held_on=local_date(self.engine.now).isoformat(), note="由牵头部门五个工作日内办理", minutes="")  # fmt: skip

    def _do(self, page: str, number: str, action: str, **fields: str) -> None:
        version = _VERSION.search(page)
        sent = {"csrf_token": _token(page), "version": version[1] if version else "", **fields}
        answer = self.client.post(f"/admin/tickets/{number}/do/{action}", data=sent)
        self._diary.counts[f"hub {action}:{answer.status_code}"] += 1

    def upload_list(self, channel: str, rows: list[list[str]]) -> None:
        """A list of a meeting: looked at, then registered; good rows, rows that are refused, one twice."""
        table = io.StringIO()
        csv.writer(table).writerows([["诉求", "企业", "联系人", "联系电话", "类别"], *rows])
        page = self._page("/admin/intake/list")
        sent = self.client.post(
            "/admin/intake/list",
            data={"csrf_token": _token(page), "channel": channel},
            files={"file": ("名单.csv", table.getvalue().encode("utf-8-sig"), "text/csv")},
        )
        place = sent.headers.get("location", "")
        preview = self._page(place)
        done = self.client.post(f"{place}/apply", data={"csrf_token": _token(preview)})
        after = self._page(done.headers.get("location", place))
        for number in dict.fromkeys(numbers_in(after)):
            self._diary.opened(Matter(number, self.engine.now, channel=channel))
            self._diary.counts["listed"] += 1

    def push_policy(self, entry_id: str) -> None:
        """Written, looked at, started: everybody who may be told."""
        page = self._page("/admin/policies/new", {"entry": [entry_id]})
        fields = {
            "entry": entry_id,
            "sentence": "近期可以办，点开看条件和材料。",
            "per_hour": "60",
            "follow_hours": "72",
        }
        made = self.client.post("/admin/policies", data=fields | {"csrf_token": _token(page)})
        found = _PUSH.search(made.headers.get("location", ""))
        if found is None:
            self._diary.fault(f"政策推送没有写成（{made.status_code}）")
            return
        shown = self._page(f"/admin/policies/{found[1]}")
        receivers = _RECEIVERS.search(shown)
        if receivers is None:
            self._diary.counts["push without receivers"] += 1
            return
        started = self.client.post(
            f"/admin/policies/{found[1]}/start",
            data={"csrf_token": _token(shown), "receivers": receivers[1]},
        )
        self._diary.counts[f"push started:{started.status_code}"] += int(receivers[1])

    def look_around(self, first: date, last: date) -> None:
        """The pages that a clerk opens at the end of a week; none may fail."""
        period = f"since={first}&until={last}"
        for path in (
            "/admin", "/admin/tickets", "/admin/queue", "/admin/supervision", "/admin/trends", "/admin/gaps",
            "/admin/outbox", f"/admin/reports?{period}", f"/admin/reports/topics?{period}", "/admin/policies",
            f"/admin/reports/special?{period}", f"/admin/reports/ledger?{period}", "/admin/usage",
        ):  # fmt: skip
            status = self.client.get(path).status_code
            self._diary.counts[f"page:{status}"] += 1
            if status >= 500:
                self._diary.fault(f"后台 {path} 出错（{status}）")

    def _page(self, path: str, query: dict[str, list[str]] | None = None) -> str:
        answer = self.client.get(path, params=query or {})
        if answer.status_code >= 400:
            self._diary.fault(f"后台 {path} 打不开（{answer.status_code}）")
        return str(answer.text)


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    return unescape(found[1]) if found else ""


def _options(page: str, name: str) -> list[str]:
    """Values of a select."""
    found = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    return [unescape(value) for value in re.findall(r'<option value="([^"]*)"', found[0])] if found else []
