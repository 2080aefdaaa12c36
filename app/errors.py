"""Errors that a person meets: each carries a sentence in the reader's language and an HTTP status."""


class AppError(Exception):
    """An expected refusal; `message` is Chinese and says what to do next; `field`: the form field it is about."""

    status_code = 400

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class ConfigurationError(AppError):
    """The process must not start; lists every fault at once."""

    status_code = 500

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class NotFound(AppError):
    """The thing does not exist, or this person may not know that it does."""

    status_code = 404


class Forbidden(AppError):
    """This person may not do this."""

    status_code = 403


class Conflict(AppError):
    """Somebody else was faster; the message says what happened."""

    status_code = 409
