"""Refusals as JSON: one sentence that says what to do, and every field that must change."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app import log
from app.errors import AppError

MAX_BODY_BYTES = 16 * 1024 * 1024
LONGEST_LENGTH = 9
NO_KEY = "请在请求头里带上 Authorization: Bearer <密钥>；密钥由区级运行中枢发给"
TOO_LARGE = f"正文超过 {MAX_BODY_BYTES // 2**20} MB：请减少附件后重发"
# Where FastAPI found a field; one of the same name inside the body keeps it.
REQUEST_PARTS = frozenset({"body", "query", "header", "path", "cookie"})
SENTENCES = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这个字段，请核对拼写",
    "string_too_short": "不能为空，至少 {min_length} 个字",
    "string_too_long": "内容太长，最多 {max_length} 个字符",
    "too_long": "项数太多，最多 {max_length} 项",
    "string_pattern_mismatch": "格式不对",
    "string_type": "应是文字",
    "string_unicode": "含有不能保存的字符（空字符或半个字），请检查编码",
    "list_type": "应是列表",
    "model_attributes_type": "应是一个对象",
    "dict_type": "应是一个对象",
    "timezone_aware": "时间要带时区，如 2026-11-20T09:30:00+08:00",
    "datetime_from_date_parsing": "时间格式不对，如 2026-11-20T09:30:00+08:00",
    "datetime_parsing": "时间格式不对，如 2026-11-20T09:30:00+08:00",
    "datetime_type": "时间格式不对，如 2026-11-20T09:30:00+08:00",
    "json_invalid": "正文不是合格的 JSON",
    "int_parsing": "应是整数",
}


class Unauthorized(AppError):
    """No key, or one that opens nothing."""

    status_code = 401


class Unprocessable(AppError):
    """The content cannot be taken as it is; `faults` are (field, sentence)."""

    status_code = 422

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("内容有误，请按 faults 逐项修改后重发")
        self.faults = faults


class ApiRoute(APIRoute):
    """A route whose every refusal has the shape of ErrorOut."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if _is_too_large(request):
                return refusal(TOO_LARGE, 413)
            try:
                return await handler(request)
            except RequestValidationError as error:
                if not request.headers.get(
                    "authorization"
                ):  # who shows no key is told nothing of the content
                    return refusal(NO_KEY, 401)
                return refusal("内容有误，请按 faults 逐项修改后重发", 422, faults_of(error.errors()))
            except AppError as error:
                faults, seconds = getattr(error, "faults", []), getattr(error, "seconds", 0)
                return refusal(error.message, error.status_code, faults, retry_after=seconds)
            except HTTPException as error:  # the framework could not read the body at all
                return refusal(SENTENCES["json_invalid"], error.status_code)
            except Exception as error:
                # The edge of the API: another system gets a sentence instead of a trace, the log the place.
                log.error("api_failed", error, route=self.path)
                return refusal("服务暂时出错，请稍后用同一个 Idempotency-Key 重试", 500)

        return guarded


def refusal(
    message: str, status: int, faults: list[tuple[str, str]] | None = None, *, retry_after: int = 0
) -> JSONResponse:
    """The response of a refusal; `retry_after` in seconds, 0 where waiting does not help."""
    body = {"message": message, "faults": [{"field": name, "message": text} for name, text in faults or []]}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    headers |= {"Retry-After": str(retry_after)} if retry_after else {}
    return JSONResponse(body, status, headers=headers)


def _is_too_large(request: Request) -> bool:
    """A body must say how long it is: chunks without an end would have to be read to be judged."""
    declared = request.headers.get("content-length", "")
    if request.method != "POST":
        return False
    is_number = declared.isdecimal() and len(declared) <= LONGEST_LENGTH
    return not is_number or int(declared) > MAX_BODY_BYTES


def faults_of(errors: Sequence[Any]) -> list[tuple[str, str]]:
    """(field, sentence) of each error that pydantic found."""
    found = []
    for item in errors:
        place = item["loc"]
        path = place[1:] if place and place[0] in REQUEST_PARTS else place  # a row of a file has no such part
        names = [] if item["type"] == "json_invalid" else [str(part) for part in path]
        found.append((".".join(names) or "body", _sentence(item)))
    return found


def _sentence(item: dict[str, Any]) -> str:
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    if item["type"] == "missing" and item["loc"][-1] == "idempotency-key":
        return "缺少请求头 Idempotency-Key：每件诉求给一个不变的值，重发时不会重复建单"
    kind = item["type"]
    if kind in ("too_short", "too_long") and isinstance(item.get("input"), str):
        kind = f"string_{kind}"
    template = SENTENCES.get(kind, "格式不对")
    return template.format(**item.get("ctx", {}))
