"""What a user is told when something is wrong: one line with the fault and the way out.

Exit codes of every command: 0 fine, 1 the answer is no (a budget or a gate), 2 the user's mistake or the
environment, 130 interrupted.
"""

EXIT_NO = 1
EXIT_USER = 2
EXIT_INTERRUPTED = 130


class UserError(Exception):
    """A mistake or a missing thing that the user can mend; printed as one line, exit code 2."""

    def __init__(self, message: str, fix: str = ""):
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} -> {self.fix}" if self.fix else self.message


class RequestError(UserError, ValueError):
    """A request that cannot be translated: blank, or longer than the limit."""


class ModelError(UserError):
    """A model that is missing, corrupt, or was made with another prompt."""


def missing_package(package: str, extra: str) -> UserError:
    """The error for an optional package that is not installed."""
    return UserError(f"the package {package} is not installed", f'pip install "nls-query[{extra}]"')
