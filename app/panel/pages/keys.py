"""Keys of other systems and the addresses where they hear of their orders; secrets are shown once."""

from urllib.parse import urlsplit

from starlette.responses import Response

from app.api import keys
from app.api.webhooks import posting, service, signing
from app.clock import real_now
from app.errors import AppError, NotFound
from app.panel import key_rows
from app.panel.calls import Call, Form
from app.panel.deps import PanelDeps
from app.tickets.values import Incomplete

PATH = "/admin/keys"
SCOPES = tuple(key_rows.SCOPE_NAMES.items())


def show_list(call: Call) -> Response:
    """Every system."""
    return _list(call)


def refuse_create(call: Call, error: AppError) -> Response:
    """The list with what was typed."""
    return _list(call, fault=error.message, status=error.status_code)


def create(call: Call) -> Response:
    """A key, in clear for this one time; older keys of the system stay valid."""
    system = call.form.text("system").lower()
    scopes = [keys.Scope(value) for value in call.form.every("scopes") if value in set(keys.Scope)]
    if not scopes:
        raise Incomplete("请至少勾选一种权限", field="scopes")
    key = keys.create_key(call.session, system, scopes, by=call.user.username, now=real_now())
    call.target, call.detail = f"system:{system}", {"after": {"scopes": [scope.value for scope in scopes]}}
    return call.page("key_secret.html", system=system, secret=key, kind="key", url="")


def show(call: Call) -> Response:
    """One system: keys, address, what did not arrive."""
    return _one(call)


def refuse(call: Call, error: AppError) -> Response:
    """The page with the reason."""
    return _one(call, fault=error.message, status=error.status_code)


def revoke(call: Call) -> Response:
    """Close its keys at once, all of them or all but the newest."""
    system, besides = _system(call).name, call.form.text("keep") == "newest"
    call.target = f"system:{system}"
    count = keys.revoke_keys(call.session, system, besides_newest=besides, now=real_now())
    call.detail = {"closed": count, "kept_newest": besides}
    return call.go(f"{PATH}/{system}", done="keys-revoked")


def check_url(deps: PanelDeps, form: Form) -> str:
    """Look the name up before the transaction begins; AddressRefused."""
    posting.check_address(form.text("url"), allows_loopback=deps.allows_loopback)
    return form.text("url")[:500]


def register(call: Call) -> Response:
    """Where it wants to be told, with a new signing secret that is shown once."""
    system = _system(call)
    if all(row.revoked_at is not None for row in system.keys):
        raise AppError("这个系统没有有效的密钥：先发密钥，再登记地址")
    row = service.register(
        call.session,
        system.name,
        call.prepared,
        by=call.user.username,
        allows_loopback=call.deps.allows_loopback,
        now=call.now,
        is_checked=True,
    )
    host = urlsplit(row.url).netloc
    before = urlsplit(system.endpoint.url).netloc if system.endpoint else ""
    call.target, call.detail = f"system:{system.name}", {"before": {"host": before}, "after": {"host": host}}
    secret = signing.secret_of(call.deps.signing_key, system.name, row.salt)
    return call.page("key_secret.html", system=system.name, secret=secret, kind="webhook", url=row.url)


def remove(call: Call) -> Response:
    """Tell it nothing any more."""
    system = _system(call)
    call.target = f"system:{system.name}"
    service.remove(call.session, system.name)
    return call.go(f"{PATH}/{system.name}", done="webhook-removed")


def send_again(call: Call) -> Response:
    """Another round for what was given up."""
    system = _system(call)
    call.target = f"system:{system.name}"
    call.detail = {"count": service.send_again(call.session, system.name, call.now)}
    return call.go(f"{PATH}/{system.name}", done="retry")


def _list(call: Call, *, fault: str = "", status: int = 200) -> Response:
    return call.page(
        "keys.html",
        status=status,
        fault=fault,
        systems=key_rows.systems(call.session),
        scopes=SCOPES,
        typed=call.form.text("system"),
        ticked=call.form.every("scopes"),
    )


def _one(call: Call, *, fault: str = "", status: int = 200) -> Response:
    system = _system(call)
    return call.page(
        "key.html",
        status=status,
        fault=fault,
        system=system,
        deliveries=key_rows.deliveries(call.session, system.name),
        names=key_rows,
        typed=call.form.text("url"),
    )


def _system(call: Call) -> key_rows.System:
    name = call.part("system")
    found = [system for system in key_rows.systems(call.session) if system.name == name]
    if not found:
        raise NotFound("没有这个系统")
    return found[0]
