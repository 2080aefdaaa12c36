"""The OpenAPI document is what other systems build a client from: it tells the truth, and following it breaks nothing.

Bodies are made from the document's own schemas, right and wrong ones mixed; whatever comes, the answer is one that
the document names, in the shape that it names, and never a 5xx (acceptance of the intake API).
"""

import base64
import json
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.api import keys
from app.api.keys import Scope
from app.clock import real_now

MOMENTS = [
    "2026-11-20T09:00:00+08:00",
    "2026-11-20T09:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
]
NAUGHTY = [
    "",
    "\x00",
    "\ud800",
    "𠮷" * 40,
    "＝1+1",
    "<script>",
    "' OR 1=1 --",
    "9" * 400,
    "\u202e倒",
    "{{7*7}}",
]
GOOD = {
    "channel": ["12345热线"],
    "category": ["", "交通运输", "道路交通"],
    "credit_code": ["", "91120221MA0000001G"],
    "phone": ["13900000001"],
    "external_number": ["TJ-1", "TJ-2", "TJ-3"],
    "status": ["", "pending"],
    "cursor": [""],
    "number": ["20261120-0001"],
}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(NAUGHTY),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "name", "\x00"]), inner, max_size=2)
    ),
    max_leaves=4,
)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


class Api:
    """The API with its document and a key that opens everything."""

    def __init__(self, base: str, key: str) -> None:
        self.base = base
        self.document = requests.get(f"{base}/openapi.json", timeout=60).json()
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [
            (method, path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        ]

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        return self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]

    def check(self, operation: dict[str, Any], answer: requests.Response) -> None:
        """The answer is one that the document names, in the shape that it names."""
        assert answer.status_code < 500, (answer.status_code, answer.text)
        assert str(answer.status_code) in operation["responses"], (answer.status_code, answer.text)
        schema = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        whole = {**schema, "components": self.document["components"]}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
            answer.json()
        )
        if answer.status_code >= 400:
            assert answer.json()["message"]
        if answer.status_code == 422:
            assert answer.json()["faults"]

    def values(self, schema: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
        """Values of a schema, and now and then something else."""
        schema = self.resolved(schema)
        if "anyOf" in schema:
            return st.one_of([self.values(option, name) for option in schema["anyOf"]])
        if schema.get("type") == "object":
            return self.objects(schema)
        if schema.get("type") == "array":
            return st.lists(self.values(schema["items"]), max_size=schema.get("maxItems", 3) + 1)
        if schema.get("type") == "null":
            return st.none()
        return st.one_of(*[_texts(schema, name)] * 20, JUNK)

    def objects(self, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        required = schema.get("required", [])
        fields = {name: self.values(field, name) for name, field in schema["properties"].items()}
        good = st.fixed_dictionaries(
            {name: fields[name] for name in required},
            optional={name: value for name, value in fields.items() if name not in required},
        )
        spoilt = st.tuples(good, st.dictionaries(st.sampled_from([*fields, "other"]), JUNK, max_size=2)).map(
            lambda pair: pair[0] | pair[1]
        )
        return st.one_of(*[good] * 10, spoilt, JUNK)


def _texts(schema: dict[str, Any], name: str) -> st.SearchStrategy[Any]:
    good = st.sampled_from(GOOD.get(name, ["厂门口路灯不亮", "个体工商户怎么注册"]))
    if schema.get("format") == "date-time":
        return st.one_of(*[st.just(MOMENTS[0])] * 8, st.sampled_from(MOMENTS))
    if "pattern" in schema:
        return st.one_of(good, good, st.from_regex(schema["pattern"]), st.sampled_from(NAUGHTY))
    longest = schema.get("maxLength", 60)
    plain = st.text(min_size=schema.get("minLength", 0), max_size=min(longest, 60))
    return st.one_of(*[good] * 6, plain, st.sampled_from([*NAUGHTY, "长" * (longest + 1)]))


@pytest.fixture
def api(town: Any) -> Api:
    with town.runtime.db.transaction() as session:
        key = keys.create_key(session, "hotline-12345", tuple(Scope), by="test", now=real_now())
    return Api(town.runtime.settings.public_url, key)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer is faster than any system may be."""
    monkeypatch.setattr("app.api.pacing.KeyPacer.pass_or_raise", lambda *_: None)


def encoded(body: Any) -> bytes:
    """JSON as a careless client sends it: halves of characters as escapes."""
    return json.dumps(body).encode()


def test_no_body_that_the_document_suggests_breaks_anything(api: Api, unhurried: None) -> None:
    for method, path, operation in api.operations():
        if "requestBody" in operation:
            assert method == "post"
            codes = send_whatever(api, path, operation)
            assert codes & {200, 201}, "everything was refused: that tries the door, not the house"
            assert 422 in codes


def send_whatever(api: Api, path: str, operation: dict[str, Any]) -> set[int]:
    """Bodies of the operation's schema, and what only looks like them; every status that came back."""
    codes: set[int] = set()
    schema = operation["requestBody"]["content"]["application/json"]["schema"]

    @FUZZ
    @given(body=api.values(schema), key=st.sampled_from(["k1", "k2", "k" * 129]) | st.uuids().map(str))
    def send(body: Any, key: str) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        sent = json.dumps(body).encode()  # as a careless client does it: halves of characters as escapes
        answer = api.session.post(f"{api.base}{path}", data=sent, headers=headers, timeout=60)
        api.check(operation, answer)
        codes.add(answer.status_code)

    send()
    return codes


def test_no_address_that_the_document_suggests_breaks_anything(api: Api, unhurried: None) -> None:
    for method, path, operation in api.operations():
        if method == "get":
            ask_for_whatever(api, path, operation)


def ask_for_whatever(api: Api, path: str, operation: dict[str, Any]) -> None:
    """Parameters of the operation's schemas, and what only looks like them."""
    fields = {item["name"]: item for item in operation.get("parameters", []) if item["in"] != "header"}
    values = {name: api.values(item["schema"]) for name, item in fields.items()}

    @FUZZ
    @given(chosen=st.fixed_dictionaries({}, optional=values))
    def get(chosen: dict[str, Any]) -> None:
        texts = {name: str(value).encode("utf-8", "replace").decode() for name, value in chosen.items()}
        place = path
        for name in [name for name in fields if fields[name]["in"] == "path"]:
            part = texts.pop(name, "").strip("./") or "20261120-0001"
            place = place.replace(f"{{{name}}}", quote(part, safe=""))
        answer = api.session.get(f"{api.base}{place}", params=texts, timeout=60)
        assert answer.status_code < 500
        if answer.status_code != 404 or "404" in operation["responses"]:
            api.check(operation, answer)

    get()


BROKEN = [
    b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"query": 1e400}', b'{"query": NaN}', b"null", b'"text"', b'{"query": "\xff"}',
]  # fmt: skip
CURSORS = [
    "0001-01-01T00:00:00+14:00|1", "2026-11-20T09:00:00+00:00|" + "9" * 30, "2026-11-20T09:00:00|1", "|", "\x00|1",
]  # fmt: skip


def test_what_is_no_json_and_no_cursor_of_ours_is_refused_in_words(api: Api, unhurried: None) -> None:
    for body, (method, path, operation) in product(BROKEN, api.operations()):
        if method == "post":
            headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
            answer = api.session.post(f"{api.base}{path}", data=body, headers=headers, timeout=60)
            assert answer.status_code in (400, 413, 422), body
            api.check(operation, answer)
    for plain in CURSORS:
        cursor = base64.urlsafe_b64encode(plain.encode()).decode()
        answer = api.session.get(f"{api.base}/api/v1/tickets", params={"cursor": cursor}, timeout=60)
        assert answer.status_code == 422, plain


def test_real_answers_have_the_shape_that_the_document_promises(api: Api, town: Any) -> None:
    """A client generated from the document can read every answer of a normal day, theirs in their own words."""
    operations = {operation["operationId"]: operation for _, _, operation in api.operations()}
    order = {
        "external_number": "TJ-1", "channel": "12345热线", "category": "交通运输", "content": "厂门口三盏路灯不亮一周了",
        "enterprise": {"name": "宁河区测试1号食品有限公司"}, "contact": {"name": "赵测试", "phone": "13900000001"},
        "received_at": "2026-11-20T09:00:00+08:00",
    }  # fmt: skip
    validator = Draft202012Validator(
        {"$ref": "#/components/schemas/TicketIn", "components": api.document["components"]}
    )
    validator.validate(order)
    url = f"{api.base}/api/v1/tickets"
    for status in (201, 200):
        made = api.session.post(url, json=order, headers={"Idempotency-Key": "a"}, timeout=60)
        assert made.status_code == status
        api.check(operations["create_ticket"], made)
    assert (made.json()["category"], made.json()["outside_status"]) == ("道路交通", "待签收")
    mixed = api.session.post(
        url, json=order | {"content": "另一件事情"}, headers={"Idempotency-Key": "a"}, timeout=60
    )
    assert mixed.status_code == 409
    api.check(operations["create_ticket"], mixed)
    one = api.session.get(f"{url}/{made.json()['number']}", timeout=60)
    api.check(operations["get_ticket"], one)
    api.check(operations["list_tickets"], api.session.get(url, timeout=60))
    api.check(
        operations["ask_handbook"],
        api.session.post(f"{api.base}/api/v1/answers", json={"query": "个体户注册"}, timeout=60),
    )
    stranger = requests.get(url, timeout=60)
    assert stranger.status_code == 401
    api.check(operations["list_tickets"], stranger)


def test_every_operation_is_described_well_enough_to_generate_from(api: Api) -> None:
    """Unique ids, a summary, the way to sign in, and a JSON shape for every answer."""
    operations = [operation for _, _, operation in api.operations()]
    assert len({item["operationId"] for item in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        assert operation["security"]
        assert {"401", "403", "422", "429"} <= set(operation["responses"])
        for answer in operation["responses"].values():
            assert answer["content"]["application/json"]["schema"]
            assert answer["description"]


def test_a_key_that_asks_too_often_waits(town: Any, monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    """Each key has its own bucket; the refusal says for how long."""
    url = f"{api.base}/api/v1/tickets"
    answers: list[requests.Response] = []
    for _ in range(400):
        answers.append(api.session.get(url, timeout=60))
        if answers[-1].status_code == 429:
            break
    refused = answers[-1]
    assert (refused.status_code, len(answers) >= 300) == (429, True)
    assert int(refused.headers["Retry-After"]) >= 1
    assert "秒后再试" in refused.json()["message"]
    with town.runtime.db.transaction() as session:
        other = keys.create_key(session, "jinchanfa", tuple(Scope), by="test", now=real_now())
    assert requests.get(url, headers={"Authorization": f"Bearer {other}"}, timeout=60).status_code == 200


def test_whoever_guesses_keys_is_slowed_down(api: Api) -> None:
    def guess() -> int:
        headers = {"Authorization": "Bearer qy_hotline_guess"}
        return requests.get(f"{api.base}/api/v1/tickets", headers=headers, timeout=60).status_code

    codes = [guess() for _ in range(70)]
    assert codes[0] == 401
    assert codes[-1] == 429
