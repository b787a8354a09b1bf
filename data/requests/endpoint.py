"""An OpenAI-compatible endpoint: its client, the answers that are there already, and what they cost."""

import asyncio
import errno
import json
import os
import socket
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nlsq.errors import UserError, missing_package

if TYPE_CHECKING:
    from openai import OpenAIError

PUBLIC_URL = "https://api.openai.com/v1"
_PUBLIC_HOST = "openai.com"
# Tells the client to send something where an endpoint of one's own asks for no key.
_NO_KEY = "none"
CHARACTERS_PER_TOKEN = 4
# A request of one style, with its name, as JSON; for the estimate before the first answer.
TOKENS_PER_REQUEST = 28
_RETRIED = frozenset((408, 409, 429))
_SERVER_ERROR = 500
_LONGEST_MESSAGE = 200
_FIRST_PAUSE_SECONDS = 0.5  # as long as the client's own

Message = dict[str, str]


# ---------------------------------------------------------------------------------------------------------------------
# Cost


@dataclass(frozen=True)
class Prices:
    """US dollars for a million tokens; None where no price was given."""

    tokens_in: float | None = None
    tokens_out: float | None = None

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        """What so many tokens cost; None without prices."""
        if self.tokens_in is None or self.tokens_out is None:
            return None
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6


@dataclass
class Spending:
    """What this run has asked for. ``estimated``: calls whose tokens the endpoint did not tell."""

    prices: Prices = field(default_factory=Prices)
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    estimated: int = 0

    def add(self, reply: "Reply") -> None:
        """Count one answer."""
        self.calls += 1
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out
        self.estimated += reply.estimated

    @property
    def cost(self) -> float | None:
        """US dollars so far; None without prices."""
        return self.prices.cost(self.tokens_in, self.tokens_out)

    def __str__(self) -> str:
        told = f"{self.calls:,} calls, {self.tokens_in:,} tokens in, {self.tokens_out:,} out, cost {dollars(self.cost)}"
        return told + (f" (tokens of {self.estimated:,} calls estimated)" if self.estimated else "")

    def to_json(self) -> dict[str, Any]:
        """Plain data, for reports."""
        return {**asdict(self), "cost": self.cost}


def dollars(cost: float | None) -> str:
    """A cost as it is shown: two digits, or as many as a small one needs; ``-`` where there are no prices."""
    if cost is None:
        return "-"
    return f"${cost:,.2f}" if cost >= 1 else f"${cost:.6f}".rstrip("0").ljust(len("$0.00"), "0")


def tokens_of(messages: Sequence[Message]) -> int:
    """About how many tokens ``messages`` have."""
    return sum(len(message["content"]) for message in messages) // CHARACTERS_PER_TOKEN


# ---------------------------------------------------------------------------------------------------------------------
# Answers that are there already


@dataclass(frozen=True)
class Reply:
    """What came back: the text, and its tokens as the endpoint counts them (``estimated``: as we do)."""

    text: str
    tokens_in: int
    tokens_out: int
    estimated: bool = False


@dataclass(frozen=True)
class Answer(Reply):
    """A reply to a query, as it is kept. ``today``: the day that was named to the endpoint, if one was."""

    key: str = ""
    query: str = ""
    today: str | None = None


class AnswerFile:
    """All answers so far: a file of JSON Lines that only grows, a line for each answer as it arrives."""

    def __init__(self, path: Path):
        self.path = path
        self._answers: dict[str, list[Answer]] = defaultdict(list)
        content = path.read_bytes() if path.exists() else b""
        self._whole = content.rfind(b"\n") + 1  # what follows is half a line: the process was ended there
        for number, line in enumerate(content[: self._whole].splitlines(), 1):
            try:
                answer = Answer(**json.loads(line))
            except (TypeError, ValueError):
                raise UserError(f"{path}, line {number}: no answer", "mend or delete that line") from None
            self._answers[answer.key].append(answer)

    def of(self, key: str, today: str | None) -> list[Answer]:
        """The answers for ``key``, first to last; with ``today`` none to which another day was named."""
        found = self._answers.get(key, [])
        days = {None, today} if today or not found else {found[-1].today}
        return [answer for answer in found if answer.today in days]

    def add(self, answer: Answer) -> None:
        """Keep an answer; it is in the file when this returns."""
        line = (json.dumps(asdict(answer), ensure_ascii=False) + "\n").encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "ab") as file:
            file.truncate(self._whole)
            file.write(line)
        self._whole += len(line)
        self._answers[answer.key].append(answer)


# ---------------------------------------------------------------------------------------------------------------------
# The client


class CallError(Exception):
    """A call that failed for good, though not in a way that makes all others fail."""


def require_key(base_url: str | None) -> None:
    """Refuse to start without a key where one is certainly needed, and with an address that is none."""
    host = _host_of(base_url or PUBLIC_URL)
    if not host:
        raise UserError(f"{base_url!r} is no address of an endpoint", "write it as http://127.0.0.1:8000/v1")
    is_public = host == _PUBLIC_HOST or host.endswith(f".{_PUBLIC_HOST}")
    if is_public and not os.environ.get("OPENAI_API_KEY"):
        raise UserError(f"{host} needs a key", "set OPENAI_API_KEY, or name an endpoint of your own with --base-url")


def _host_of(url: str) -> str:
    """The host in an address; empty for what is no address."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:  # the port is no number, a bracket is open
        return ""
    return (parts.hostname or "") if whole else ""


class Endpoint:
    """A model behind a URL. To be used in one event loop: ``async with Endpoint(...) as endpoint``."""

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        *,
        timeout: float = 60.0,
        retries: int = 5,
        max_tokens: int | None = None,
        json_mode: bool = False,
    ):
        try:
            import openai
        except ImportError:
            raise missing_package("openai", "pipeline") from None
        self._errors = openai
        self.model = model
        self.url = base_url or PUBLIC_URL
        self.retries = retries
        self.reached = False  # it has answered once
        self._options: dict[str, Any] = {"max_tokens": max_tokens} if max_tokens else {}
        if json_mode:
            self._options["response_format"] = {"type": "json_object"}
        key = os.environ.get("OPENAI_API_KEY") or _NO_KEY
        self._client = openai.AsyncOpenAI(api_key=key, base_url=self.url, timeout=timeout)

    async def __aenter__(self) -> "Endpoint":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def ask(self, messages: list[Message]) -> Reply:
        """The answer to ``messages``.

        The client tries again by itself, with growing pauses, after 429, 5xx, a timeout and a torn connection. Raises
        ``CallError`` when this call has failed, ``UserError`` when every other one would fail, too. Before the
        endpoint has answered once a refused connection is the latter, found out without pauses.
        """
        failure = CallError("not asked")
        for number, retries in enumerate(self._tries()):
            if number:
                await asyncio.sleep(_FIRST_PAUSE_SECONDS)
            try:
                reply = self._read(await self._create(messages, retries), messages)
            except self._errors.OpenAIError as error:
                self._raise_if_hopeless(error)
                failure = CallError(_told(error))
                if not self._may_pass(error):
                    break
            except ValueError as error:  # a body that says it is JSON and is none, or JSON of another kind
                failure = CallError(f"no chat completion came back: {error}")
                break
            else:
                self.reached = True
                return reply
        raise failure

    def _tries(self) -> list[int]:
        """How often the client may try again, in each of our own tries."""
        return [self.retries] if self.reached or not self.retries else [0, self.retries - 1]

    async def _create(self, messages: list[Message], retries: int) -> Any:
        client: Any = self._client.with_options(max_retries=retries)
        return await client.chat.completions.create(model=self.model, messages=messages, **self._options)

    def _read(self, completion: Any, messages: list[Message]) -> Reply:
        """Text and tokens; endpoints leave out what they like, and the client checks nothing."""
        choices = getattr(completion, "choices", None)
        message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else None
        if message is None:
            raise ValueError("it has no 'choices' with a 'message'")
        text = message.content if isinstance(getattr(message, "content", None), str) else ""
        usage = getattr(completion, "usage", None)
        tokens_in, tokens_out = (getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens"))
        if isinstance(tokens_in, int) and isinstance(tokens_out, int):
            return Reply(text, tokens_in, tokens_out)
        return Reply(text, tokens_of(messages), len(text) // CHARACTERS_PER_TOKEN, estimated=True)

    def _raise_if_hopeless(self, error: "OpenAIError") -> None:
        """Raise ``UserError`` for what no other call would survive."""
        errors = self._errors
        if isinstance(error, errors.AuthenticationError | errors.PermissionDeniedError):
            raise UserError(f"{self.url} refuses the key ({error.status_code})", "check OPENAI_API_KEY") from None
        if isinstance(error, errors.NotFoundError):
            raise UserError(f"{self.url} says {_told(error)}", "check --model and --base-url") from None
        if isinstance(error, errors.RateLimitError) and error.code == "insufficient_quota":
            raise UserError(f"{self.url} says {_told(error)}", "look at your account there") from None
        if isinstance(error, errors.APIConnectionError) and not self.reached and (reason := _unreachable(error)):
            raise UserError(f"{self.url} cannot be reached: {reason}", "start it, or check --base-url") from None

    def _may_pass(self, error: "OpenAIError") -> bool:
        if isinstance(error, self._errors.APIStatusError):
            return error.status_code in _RETRIED or error.status_code >= _SERVER_ERROR
        return isinstance(error, self._errors.APIConnectionError)


def _unreachable(error: BaseException) -> str:
    """Why nothing listens there, in the system's words; empty for connections that broke later."""
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None:
        chain.append(seen)
        seen = seen.__cause__ or seen.__context__
    # The exceptions of the HTTP library are no interface of the client, but their names say where it failed.
    refused = [one for one in chain if type(one).__name__ == "ConnectError"]
    if not refused:
        return ""
    if any(isinstance(one, ConnectionRefusedError) for one in chain):
        return os.strerror(errno.ECONNREFUSED).lower()
    return "unknown host" if any(isinstance(one, socket.gaierror) for one in chain) else str(refused[0])


def _told(error: Exception) -> str:
    """An error of the client in one line, with what the endpoint itself says."""
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    text = " ".join(str(message or getattr(error, "message", "") or error).split())[:_LONGEST_MESSAGE]
    status = getattr(error, "status_code", None)
    return f"{status}: {text}" if status else text
