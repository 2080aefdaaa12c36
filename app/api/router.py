"""`/api/v1`: orders of other systems in, their state out, and the handbook's answers (C2)."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.api import intake, keys, reading
from app.api.deps import ApiDeps
from app.api.documentation import documentation_router
from app.api.faults import NO_KEY, ApiRoute, Unauthorized, Unprocessable
from app.api.keys import Caller, Scope
from app.api.pacing import KeyPacer, TooOften
from app.api.schemas import (
    ERRORS,
    AnswerEntry,
    AnswerOut,
    ErrorOut,
    MomentInAddress,
    QueryIn,
    TicketIn,
    TicketList,
    TicketOut,
    storable,
)
from app.clock import real_now
from app.errors import Forbidden
from app.limits.addresses import AddressLimiter
from handbook.entry import Candidate, Kind

BAD_KEY = "密钥无效或已停用，请向区级运行中枢核对"
WITH_PAGE = frozenset({Kind.ANSWER, Kind.POLICY, Kind.CASE})
RECEIVED_AHEAD = timedelta(minutes=10)
STRANGER_WAITS_S = 5
Stored = AfterValidator(storable)
bearer = HTTPBearer(auto_error=False, description="每个系统一个密钥，由区级运行中枢发给")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def api_router(deps: ApiDeps) -> APIRouter:
    """The API and its documentation. Every route names the scope that opens it."""
    doors = Doors(deps)
    router = APIRouter(
        prefix="/api/v1", route_class=ApiRoute, responses=ERRORS, dependencies=[Depends(doors.admit)]
    )
    add = router.add_api_route
    add(
        "/tickets",
        doors.take,
        methods=["POST"],
        status_code=201,
        response_model=TicketOut,
        summary="来单",
        operation_id="create_ticket",
        responses={
            200: {"model": TicketOut, "description": "重复来单：返回已有的同一张工单"},
            409: {"model": ErrorOut, "description": "同一 Idempotency-Key 或单号，内容却不同"},
        },
    )
    add(
        "/tickets",
        doors.list_tickets,
        methods=["GET"],
        response_model=TicketList,
        summary="批量查办理情况（按变动先后翻页）",
        operation_id="list_tickets",
    )
    add(
        "/tickets/{number}",
        doors.one_ticket,
        methods=["GET"],
        response_model=TicketOut,
        summary="查一张工单",
        operation_id="get_ticket",
        responses={404: {"model": ErrorOut, "description": "没有，或不是贵方来单"}},
    )
    add(
        "/answers",
        doors.answer,
        methods=["POST"],
        response_model=AnswerOut,
        summary="查应答手册",
        operation_id="ask_handbook",
    )
    whole = APIRouter()
    whole.include_router(router)
    whole.include_router(documentation_router(router))
    return whole


class Doors:
    """The routes' functions; each opens its own session or transaction."""

    def __init__(self, deps: ApiDeps) -> None:
        self._deps = deps
        self._pacer = KeyPacer(deps.rate)
        self._strangers = AddressLimiter(deps.db, "api")

    def admit(self, request: Request, credentials: Credentials = None) -> None:
        """Who asks, before anything else of the request is judged: a wrong key learns nothing of the content.

        The key is checked on real time and its use is noted now and then. Raises Unauthorized or TooOften.
        """
        if credentials is None:
            raise Unauthorized(NO_KEY)
        now = real_now()
        with self._deps.db.reading() as session:
            found = keys.find_caller(session, credentials.credentials)
        if found is None:
            address = request.client.host if request.client else ""
            raise TooOften(STRANGER_WAITS_S) if self._strangers.refuse(address) else Unauthorized(BAD_KEY)
        request.state.caller, row = found
        self._pacer.pass_or_raise(row.id or 0)
        if keys.is_use_worth_noting(row, now) and row.id is not None:
            with self._deps.db.transaction() as session:
                keys.note_use(session, row.id, now)

    def take(
        self,
        request: Request,
        body: TicketIn,
        idempotency_key: Annotated[
            str,
            Header(
                min_length=1, max_length=intake.KEY_LENGTH, description="每件诉求一个不变的值；重发时照旧"
            ),
        ],
    ) -> Response:
        """一件诉求进来，当场落到该企业的服务人员，返回工单。用同一个 Idempotency-Key 重发不会重复建单。"""
        caller = _caller(request, Scope.TICKETS)
        now = self._deps.clock.now()
        if body.received_at > now + RECEIVED_AHEAD:
            raise Unprocessable([("received_at", "在将来，请核对时间和时区")])
        with self._deps.db.transaction() as session:
            rules = self._deps.rules(session)
            ticket, is_new = intake.take(
                session, caller, idempotency_key, body, rules=rules, keep=self._deps.keep, now=now
            )
            shown = reading.one(session, caller, ticket.number, rules=rules, now=now)
        return JSONResponse(shown.model_dump(mode="json"), 201 if is_new else 200)

    def list_tickets(
        self,
        request: Request,
        channel: Annotated[str, Query(max_length=32), Stored] = "",
        status: Annotated[str, Query(max_length=16), Stored] = "",
        updated_since: Annotated[MomentInAddress | None, Query(description="带时区")] = None,
        cursor: Annotated[str, Query(max_length=200, description="上一页给出的 next_cursor")] = "",
    ) -> TicketList:
        """只列出本系统来的工单。"""
        caller = _caller(request, Scope.TICKETS)
        with self._deps.db.reading() as session:
            return reading.many(
                session, caller, channel=channel, status=status, updated_since=updated_since, cursor=cursor,
                rules=self._deps.rules(session), now=self._deps.clock.now(),
            )  # fmt: skip

    def one_ticket(self, request: Request, number: Annotated[str, Stored]) -> TicketOut:
        """状态与办理过程；别的系统来的工单查不到。"""
        caller = _caller(request, Scope.TICKETS)
        with self._deps.db.reading() as session:
            rules = self._deps.rules(session)
            return reading.one(session, caller, number, rules=rules, now=self._deps.clock.now())

    def answer(self, request: Request, body: QueryIn) -> AnswerOut:
        """应答手册怎么答：判断、分数和对外公开的条目。热线坐席可用（B6）。"""
        _caller(request, Scope.ANSWERS)
        result = self._deps.search.search(body.query)
        public = [item for item in result.candidates if item.entry.is_public]
        entries = [_entry(item, self._deps.public_url) for item in public]
        return AnswerOut(
            decision=result.decision.value, confidence=round(result.confidence, 4), entries=entries
        )


def _caller(request: Request, scope: Scope) -> Caller:
    """Who was admitted; Forbidden where the key does not open this."""
    caller: Caller = request.state.caller
    if scope not in caller.scopes:
        raise Forbidden(f"这个密钥没有 {scope.value} 权限，请向区级运行中枢申请")
    return caller


def _entry(item: Candidate, public_url: str) -> AnswerEntry:
    entry = item.entry
    return AnswerEntry(
        id=entry.id,
        title=entry.title,
        score=round(item.score, 4),
        summary=entry.summary,
        department=entry.department,
        url=f"{public_url}/h/{entry.id}" if entry.kind in WITH_PAGE else "",
    )
