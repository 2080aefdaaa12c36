"""The panel's system pages: accounts, logins, calendar, messages, health, keys, audit — each page with its roles."""

from app.panel.pages import audit, calendar, keys, me, outbox, system, users
from app.panel.passwords import Passwords
from app.panel.roles import ADMINS, EVERYONE, OVERSEERS, SYSTEM_KEEPERS, SYSTEM_READERS
from app.panel.routing import Routes


def add_system(routes: Routes, passwords: Passwords) -> None:
    """Every page of the system."""
    _add_own(routes, me.MePages(passwords))
    _add_users(routes, users.UserPages(passwords))
    _add_calendar(routes)
    _add_messages(routes)
    _add_health(routes)
    _add_keys(routes)
    _add_audit(routes)


def _add_own(routes: Routes, own: me.MePages) -> None:
    knows = own.knows_password
    routes.get("/me", EVERYONE, me.show)
    routes.get("/me/password", EVERYONE, me.show_password)
    routes.post(
        "/me/password", EVERYONE, "user.password", own.change_password, me.refuse_password, check=knows
    )
    routes.get("/me/totp", EVERYONE, me.show_totp)
    routes.get("/me/totp/picture.svg", EVERYONE, me.totp_picture)
    routes.post("/me/totp/start", EVERYONE, "totp.start", me.begin_totp, me.refuse_totp, check=knows)
    routes.post("/me/totp/confirm", EVERYONE, "totp.confirm", me.confirm_totp, me.refuse_totp)
    routes.post("/me/totp/off", EVERYONE, "totp.off", me.drop_totp, me.refuse_totp, check=knows)
    routes.post("/me/sessions/end-others", EVERYONE, "session.end", me.end_others)
    routes.post("/me/sessions/{name}/end", EVERYONE, "session.end", me.end_login)


def _add_users(routes: Routes, pages: users.UserPages) -> None:
    one = "/users/{user_id}"
    routes.get("/users", ADMINS, users.show_list)
    routes.post("/users", ADMINS, "user.create", pages.create, users.refuse_create)
    routes.get(one, ADMINS, users.show)
    routes.post(one, ADMINS, "user.update", users.update, users.refuse)
    routes.post(f"{one}/active", ADMINS, "user.active", users.set_active, users.refuse)
    routes.post(f"{one}/password", ADMINS, "user.reset-password", pages.reset_password, users.refuse)
    routes.post(f"{one}/unlock", ADMINS, "user.unlock", users.unlock, users.refuse)
    routes.post(f"{one}/totp/reset", ADMINS, "totp.reset", users.reset_totp, users.refuse)
    routes.post(f"{one}/sessions/end", ADMINS, "session.end", users.end_sessions, users.refuse)
    routes.get("/sessions", ADMINS, users.show_sessions)
    routes.post("/sessions/{name}/end", ADMINS, "session.end", users.end_session)


def _add_calendar(routes: Routes) -> None:
    one = "/calendar/pending/{pending_id}"
    routes.get("/calendar", SYSTEM_READERS, calendar.show)
    routes.post("/calendar/day", SYSTEM_KEEPERS, "calendar.day", calendar.set_day, calendar.refuse)
    routes.post(
        "/calendar/notice/check", SYSTEM_KEEPERS, "calendar.check", calendar.check_notice, calendar.refuse
    )
    routes.post(
        "/calendar/notice", SYSTEM_KEEPERS, "calendar.submit", calendar.propose_notice, calendar.refuse
    )
    routes.get(one, SYSTEM_READERS, calendar.show_pending)
    routes.post(f"{one}/confirm", SYSTEM_KEEPERS, "calendar.agree", calendar.confirm, calendar.refuse_pending)
    routes.post(f"{one}/discard", SYSTEM_KEEPERS, "calendar.drop", calendar.discard, calendar.refuse_pending)


def _add_messages(routes: Routes) -> None:
    routes.get("/outbox", SYSTEM_READERS, outbox.show)
    routes.post("/outbox/retry", SYSTEM_KEEPERS, "outbox.retry", outbox.retry_many, outbox.refuse)
    routes.post("/outbox/{message_id}/retry", SYSTEM_KEEPERS, "outbox.retry", outbox.retry)


def _add_health(routes: Routes) -> None:
    routes.get("/system", SYSTEM_READERS, system.show_health)
    routes.get("/system/profile", SYSTEM_READERS, system.show_profile)
    routes.get("/system/backups", ADMINS, system.show_backups)
    routes.post(
        "/system/backups",
        ADMINS,
        "backup.make",
        system.note_backup,
        system.refuse_backup,
        prepare=system.write_backup,
    )


def _add_keys(routes: Routes) -> None:
    one = "/keys/{system}"
    routes.get("/keys", ADMINS, keys.show_list)
    routes.post("/keys", ADMINS, "api-key.create", keys.create, keys.refuse_create)
    routes.get(one, ADMINS, keys.show)
    routes.post(f"{one}/revoke", ADMINS, "api-key.revoke", keys.revoke, keys.refuse)
    routes.post(
        f"{one}/endpoint", ADMINS, "webhook.register", keys.register, keys.refuse, prepare=keys.check_url
    )
    routes.post(f"{one}/endpoint/remove", ADMINS, "webhook.remove", keys.remove, keys.refuse)
    routes.post(f"{one}/retry", ADMINS, "webhook.retry", keys.send_again, keys.refuse)


def _add_audit(routes: Routes) -> None:
    routes.get("/audit", OVERSEERS, audit.show)
    routes.get("/audit/chain", OVERSEERS, audit.show_chain)
    routes.post(
        "/audit/export",
        OVERSEERS,
        "audit.export",
        audit.export,
        audit.refuse_export,
        prepare=audit.write_csv,
    )
