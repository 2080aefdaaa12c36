"""`/openapi.json` and `/docs`: the API as machines and as people read it, from our own host alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, Response

TITLE = "企应开放接口"
VERSION = "1"
ABOUT = (
    "供 12345、津产发、暖企云、政企互通等系统对接：来单、查办理情况、查应答手册。"
    "密钥由区级运行中枢发给，每个系统一个，只能看到本系统来的工单。"
    "时间一律带时区；出错时返回 message（该怎么办）与 faults（逐项要改的地方）。"
)
HERE = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class FieldView:
    """One field of a body or answer."""

    name: str
    kind: str
    is_required: bool
    about: str


def documentation_router(api: APIRouter) -> APIRouter:
    """The two pages; the document is made once."""
    document = get_openapi(title=TITLE, version=VERSION, description=ABOUT, routes=api.routes)
    page = _page(document)
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    def openapi() -> JSONResponse:
        return JSONResponse(document)

    @router.get("/docs")
    def docs() -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    @router.get("/docs/style.css")
    def style() -> Response:
        return Response((HERE / "templates/docs.css").read_text("utf-8"), media_type="text/css")

    return router


def _page(document: dict[str, Any]) -> str:
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    schemas = document["components"]["schemas"]
    return pages.get_template("docs.html").render(
        title=TITLE,
        about=ABOUT,
        operations=list(_operations(document)),
        schemas={name: list(_fields(schema)) for name, schema in schemas.items() if "properties" in schema},
        descriptions={name: schema.get("description", "") for name, schema in schemas.items()},
    )


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = (
                operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            )
            yield {
                "method": method.upper(),
                "path": path,
                "id": operation["operationId"],
                "summary": operation["summary"],
                "about": operation.get("description", ""),
                "parameters": operation.get("parameters", []),
                "body": _kind(body) if body else "",
                "answers": {
                    code: (answer["description"], _kind(_schema_of(answer)))
                    for code, answer in operation["responses"].items()
                },
            }


def _schema_of(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _fields(schema: dict[str, Any]) -> Iterator[FieldView]:
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        yield FieldView(name, _kind(field), name in required, _about(field))


def _about(field: dict[str, Any]) -> str:
    limits = [f"最多 {field['maxLength']} 字"] if "maxLength" in field else []
    limits += [f"最多 {field['maxItems']} 项"] if "maxItems" in field else []
    return "；".join(part for part in (field.get("description", ""), *limits) if part)


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " / ".join(_kind(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"{_kind(schema['items'])}[]"
    names = {"string": "文字", "integer": "整数", "number": "数", "boolean": "真假", "null": "空"}
    if schema.get("format") in ("date-time", "date"):
        return {"date-time": "时间", "date": "日期"}[schema["format"]]
    return names.get(str(schema.get("type", "")), str(schema.get("type", "")))
