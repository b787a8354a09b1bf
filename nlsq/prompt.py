"""The only home of what a model is asked and how: the prompt styles, their versions and hashes.

A prompt is ``prefix + content + suffix``. The content is the user's (request, date, candidates) and is never read for
special tokens; prefix and suffix are constant for a model and style, so an engine can keep the prefix in its cache.
Each artifact carries a ``PromptStamp``; one whose hash is not its style's today is refused at load.
"""

import functools
import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from nlsq.errors import ModelError, RequestError

MAX_REQUEST_CHARACTERS = 2000
# Half as much again as the longest hand-written query takes with SmolLM2's tokenizer (62).
MAX_NEW_TOKENS = 96

SYSTEM_PROMPT = "Translate the request into one Sourcegraph code search query. Answer with the query only."

# For untrained models. None of these requests stands in any data split (the data check compares them).
FEW_SHOT_EXAMPLES = (
    ("python files that open a socket", "lang:python socket"),
    ("where is the class PaymentGateway defined", "type:symbol select:symbol.class PaymentGateway"),
    (
        "what did ines commit to acme/billing last month",
        'repo:acme/billing type:commit author:ines after:"1 month ago"',
    ),
    ("yaml files named values outside of the charts folder", "lang:yaml file:values -file:charts/"),
    ("diffs that removed verify=False", "type:diff select:commit.diff.removed verify=False"),
    ("repositories with a Makefile", "repo:has.path(Makefile)"),
    ("kafka or rabbitmq in go code", "lang:go kafka OR rabbitmq"),
    ("panic: out of memory", '"panic: out of memory"'),
)

# Raise it with every change of the rules by which requests are read; the words and pieces are hashed besides.
READING_VERSION = 1

_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
# Words whose meaning depends on the day: then, and only then, the prompt names it (a date costs about ten tokens).
_NEEDS_TODAY = re.compile(
    r"\b(?:(?:this|current)\s+(?:week|month|year|quarter)|today|weekend"
    r"|(?:since|before|after|from|until|till|by|on)\s+the\s+\d{1,2}(?:st|nd|rd|th)(?!\s+(?:of\s+)?[a-z]+\s+(?:19|20)\d\d)"
    rf"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|q[1-4]"
    rf"|(?:{_MONTHS})\b(?!\s*(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s*)?(?:of\s+)?(?:19|20)\d\d))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PromptStyle:
    """How a request becomes a prompt. ``template``: ``model`` (its own chat template) or ``separators``."""

    name: str
    version: int
    template: str
    system: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    content_version: int = 2  # raise it with every change of ``render_content``
    # Set where the request is read first (``nlsq.reading``): names, dates and the like are slots, in prompt and answer.
    reading_version: int = 0

    @property
    def hash(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of all that the style is made of."""
        made_of = asdict(self)
        if self.reading_version:
            made_of["reading"] = _reading_digest()
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


@functools.cache
def _reading_digest() -> str:
    """SHA-256 of the words, pieces and slots that a model which reads with slots was trained on."""
    from nlsq.reading.pieces import pieces
    from nlsq.reading.shapes import WORDS
    from nlsq.reading.spelling import REAL, TELLING

    digest = hashlib.sha256("\n".join(pieces()).encode())
    for path in (WORDS, TELLING, REAL):
        digest.update(path.read_bytes())
    return digest.hexdigest()


STYLES = {
    style.name: style
    for style in (
        PromptStyle("chat", 1, "model", SYSTEM_PROMPT),
        PromptStyle("bare", 1, "separators"),
        PromptStyle("few-shot", 1, "model", SYSTEM_PROMPT, FEW_SHOT_EXAMPLES),
        PromptStyle("reading", 1, "separators", reading_version=READING_VERSION),
    )
}


@dataclass(frozen=True)
class PromptStamp:
    """What an artifact carries of its prompt: the style it was trained with, and the text around the content."""

    style: str
    version: int
    hash: str
    prefix: str
    suffix: str

    def verify(self, where: object) -> None:
        """Refuse an artifact whose prompt is not the one that this version of the project would send."""
        style = STYLES.get(self.style)
        if style is None or style.hash != self.hash:
            now = f"version {style.version}, hash {style.hash}" if style else "unknown"
            raise ModelError(
                f"{where} was made for prompt {self.style!r} version {self.version}, hash {self.hash}; "
                f"here that is {now}",
                "train and build it again, or use the version of nlsq that made it",
            )

    def to_json(self) -> dict[str, Any]:
        """Plain data for manifests and model folders."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any, where: object) -> "PromptStamp":
        """The stamp in ``value``, verified; a ``ModelError`` when it is malformed."""
        try:
            stamp = cls(**{**value, "version": int(value["version"])})
        except (TypeError, KeyError, ValueError):
            raise ModelError(f"{where} has a malformed prompt stamp", "build it again") from None
        stamp.verify(where)
        return stamp


def style_named(name: str) -> PromptStyle:
    """The style called ``name``, or an error that lists those there are."""
    if name not in STYLES:
        raise ModelError(f"there is no prompt style {name!r}", f"use one of {', '.join(STYLES)}")
    return STYLES[name]


def needs_today(request: str) -> bool:
    """True when the meaning of ``request`` depends on the day."""
    return bool(_NEEDS_TODAY.search(request))


def one_line(request: str) -> str:
    """The request as it is shown to a model: on one line, its words one space apart."""
    # Bytes that are no UTF-8 arrive from the command line as half characters that no tokenizer takes.
    return " ".join(request.encode("utf-8", "replace").decode("utf-8").split())


def require_request(request: str) -> str:
    """The request on one line; raises ``RequestError`` on a blank request and on one of over 2,000 characters."""
    line = one_line(request)
    if not line:
        raise RequestError("the request is empty", 'say what to search for: nlsq "find config files"')
    if len(request) > MAX_REQUEST_CHARACTERS:
        raise RequestError(
            f"the request has {len(request):,} characters, more than {MAX_REQUEST_CHARACTERS:,}", "shorten it"
        )
    return line


def render_content(request: str, today: str | None = None, repositories: tuple[str, ...] = ()) -> str:
    """The user's part of the prompt: the request on one line, then what it needs to be understood.

    ``today`` (ISO date) is named only where the request depends on it; ``repositories`` are the candidates.
    Raises ``RequestError`` on a blank request and on one of over 2,000 characters.
    """
    line = require_request(request)
    parts = [line]
    if today and needs_today(line):
        day = date.fromisoformat(today)
        parts.append(f"today: {day:%A} {day.isoformat()}".lower())
    if repositories:
        parts.append(f"repositories: {' '.join(repositories)}")
    return " | ".join(parts)


def stamp_for(style: PromptStyle, tokenizer: Any) -> PromptStamp:
    """The stamp of ``style`` for a model, from its Hugging Face tokenizer.

    The model's own template is rendered once around a mark, so every engine, with or without that template, sends
    the same text. Thinking is switched off where a template knows it.
    """
    if style.template == "separators":
        prefix, suffix = tokenizer.bos_token or "", "\n"
    else:
        if not tokenizer.chat_template:
            raise ModelError("this model has no chat template", "use the prompt style `bare` for it")
        mark = "\u2063request\u2063"
        messages = [{"role": "system", "content": style.system}]
        for request, query in style.examples:
            messages += [{"role": "user", "content": request}, {"role": "assistant", "content": query}]
        messages.append({"role": "user", "content": mark})
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        prefix, found, suffix = text.partition(mark)
        if not found:
            raise ModelError("this model's chat template drops the user's message", "use the prompt style `bare`")
    return PromptStamp(style.name, style.version, style.hash, prefix, suffix)
