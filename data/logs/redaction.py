"""Secrets, e-mail addresses and hosts in a query, replaced before anything is written, compared or counted by its text.

Formats of keys come from detect-secrets (Yelp), whose patterns are fast and find nothing wrong in this project's
own queries. Not its keyword detector (slower, and no ``password=`` without quotes) nor its
measure of entropy (looks into quotes only, and takes ``'unreachable'`` for a secret): those two kinds are ours, below.
Words such as BEGIN RSA PRIVATE KEY are no secret. Names of people are not known here, so they stay.
"""

import functools
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator

from data.logs.redaction_hosts import DOT, without_hosts
from nlsq.errors import missing_package

SECRET = "REDACTED"
DOCUMENTATION_DOMAIN = "example.com"
# Numbers are given in the order of appearance, so there is a table of them; behind so many all are person 0.
MOST_PERSONS = 50_000

KNOWN_FORMAT = "key of a known format"
HEXADECIMAL = "long hexadecimal number"
RANDOM = "random text"
ASSIGNED = "password or key that is assigned"
AUTHORIZATION = "authorization header"
USER_IN_URL = "user and password in a URL"
EMAIL = "e-mail address"
EMAIL_HOST = "host"

# Formats that detect-secrets does not know, or knows in quotes only.
_OWN_FORMATS = [
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"AIza[A-Za-z0-9_-]{30,}",  # Google
    r"ya29\.[A-Za-z0-9_-]{20,}",  # Google, OAuth
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{50,}",
    r"xox[a-z]-[A-Za-z0-9-]{10,}",
    r"xapp-\d-[A-Za-z0-9-]{10,}",
    r"(?:(?<![A-Za-z0-9])|(?<=\\[a-z]))[rs]k_(?:live|test)_(?=[A-Za-z]*\d)[A-Za-z0-9]{10,}",  # Stripe
    r"whsec_[A-Za-z0-9]{20,}",
    r"sk-(?:proj|ant|svcacct)-[A-Za-z0-9_-]{20,}",
    r"sgp_[A-Za-z0-9_]{20,}",  # Sourcegraph
    r"dop_v1_[a-f0-9]{40,}",
    r"hvs\.[A-Za-z0-9_-]{20,}",  # Vault
    r"eyJ[A-Za-z0-9_-]{8,}\\*\.eyJ[A-Za-z0-9_-]{8,}(?:\\*\.[A-Za-z0-9_-]*)?",  # JSON Web Token, whole or not
]
# Behind these, a whole word belongs to a key of which the pattern found the beginning.
_IN_TOKEN = re.compile(r"[A-Za-z0-9_+/=-]*")
_LONG_WORD = re.compile(r"[A-Za-z0-9+/=_.-]{18,}")

_HEXADECIMAL = re.compile(r"(?i)(?<![0-9a-z])(?P<escape>\\[a-z])?(?P<token>(?:0x)?[0-9a-f]{32,})(?![0-9a-z])")
_CANDIDATE = re.compile(r"(?P<escape>\\[A-Za-z])?(?P<token>[A-Za-z0-9+=_-]{20,})")
_CANDIDATE_WITH_SLASHES = re.compile(r"(?P<escape>\\[A-Za-z])?(?P<token>[A-Za-z0-9+/]{36,}={0,2})")
_NO_SECRET = re.compile(
    r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:\d+-)?(?:\d+-)?\d{14}-[0-9a-f]{12}|0x[0-9a-f_]{1,38}|[0-9_+=-]+"
)
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# The 200 commonest pairs of letters in identifiers of Python packages: most of the pairs there, few of random ones.
_COMMON_PAIRS = frozenset(
    re.findall(
        "..",
        "abacadagaialamanaparasatauaybabeblbobucacechcickclcocrctcudadddedidodsdueaecedeeefegeielemenepeqeresetevex"
        "fafefffiflfofrfugeghgigrgshahehihohtiaibicidieifigiliminioipirisitivizkelaldlelilllolsltlulymambmemimompmu"
        "nancndnenfngninonsntnunvobocodofolomonoooporosotouovowpapepiplpoppprptpupyqurarcrdrergrirmrnrorrrsrtrurysa"
        "scseshsisospssstsutatctethtitotptrtstttutyuaueulumunupurusutvaveviwawewhwixpxtypze",
    )
)
# A text is random below this: nearly all random texts are, and few identifiers that hold a digit.
_RANDOM_BELOW = 0.85
_RANDOM_BELOW_WITHOUT_DIGITS = 0.62

_PASSWORD = r"[\w-]*?(?:password|passwd|passphrase|pwd)s?"
_KEY = r"[\w-]*?(?:secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|secret[_-]?key|credentials?)s?"
_EQUALS = r"\\*[\"']?\s*(?:=>|:?=|:)\s*"
_ASSIGNED = re.compile(
    rf"(?i)(?<![\w-])(?P<name>(?P<password>{_PASSWORD})|{_KEY})(?P<equals>{_EQUALS})"
    r"(?:(?P<quote>\\*[\"'])(?P<quoted>[^\"'\\\s](?:[^\"'\\]*[^\"'\\\s])?)(?=\\*[\"'])"
    r"|(?P<bare>[^\s\"'\\,;&()]+)(?P<call>\(?))"
)
# Values that are code and no password: a name's attribute, a place in a template, and words that say nothing.
_CODE_VALUE = re.compile(
    r"[$%<{\[*@/|?^.+~`!]|.*[{}\[\]<>|*]|(?:null|none|nil|undefined|true|false|self|this|os|env|process|config|settings)"
    rf"(?:\W|$)|[a-z_]*(?:password|passwd|pwd|secret|token|key)[a-z_]*$|[a-z_]\w*\.[a-z_]\w*$|{SECRET}",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(r"(?i)\b(?P<scheme>bearer|basic)(?P<space>\s+|%20)(?P<token>[A-Za-z0-9._~+/=-]{8,})")
_USER_IN_URL = re.compile(r"(?P<slashes>://|:\\+/\\+/)(?P<user>[^\s/@\"'<>(){}\[\]]+)@")

_LOCAL = r"(?:[A-Za-z0-9_%-]|\\{0,2}[.+])+"
_EMAIL = re.compile(
    rf"(?<![\w.%+-])(?P<escape>\\[A-Za-z])?(?P<local>{_LOCAL})?(?P<at>@|%40)"
    rf"(?P<domain>(?:[A-Za-z0-9][A-Za-z0-9-]*{DOT})+[A-Za-z]{{2,}})(?![\w-])"
)
_PERSON_FILTER = re.compile(r"(?i)(?:author|committer|has\.contributor|has\.owner)[:(]\S*\Z")
_REVISION = re.compile(r"(?i)-?(?:rev(?:ision)?:|(?:repo|r):\S*@)\S*\Z")
_REPOSITORY_PATH = re.compile(r"(?i)-?(?:repo|r):\S*/\S*\Z")
_ON_COMMITS = re.compile(r"(?i)\btype:(?:commit|diff)\b")

Replace = Callable[[re.Match[str]], str]


@functools.cache
def _formats() -> list[re.Pattern[str]]:
    """The patterns of keys of known formats."""
    try:
        from detect_secrets.plugins.aws import AWSKeyDetector
        from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
        from detect_secrets.plugins.discord import DiscordBotTokenDetector
        from detect_secrets.plugins.github_token import GitHubTokenDetector
        from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
        from detect_secrets.plugins.mailchimp import MailchimpDetector
        from detect_secrets.plugins.openai import OpenAIDetector
        from detect_secrets.plugins.pypi_token import PypiTokenDetector
        from detect_secrets.plugins.sendgrid import SendGridDetector
        from detect_secrets.plugins.slack import SlackDetector
        from detect_secrets.plugins.square_oauth import SquareOAuthDetector
        from detect_secrets.plugins.stripe import StripeDetector
        from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
        from detect_secrets.plugins.twilio import TwilioKeyDetector
    except ImportError:
        raise missing_package("detect-secrets", "pipeline") from None
    detectors = (
        AWSKeyDetector,
        AzureStorageKeyDetector,
        DiscordBotTokenDetector,
        GitHubTokenDetector,
        GitLabTokenDetector,
        MailchimpDetector,
        OpenAIDetector,
        PypiTokenDetector,
        SendGridDetector,
        SlackDetector,
        SquareOAuthDetector,
        StripeDetector,
        TelegramBotTokenDetector,
        TwilioKeyDetector,
    )
    theirs = [pattern for detector in detectors for pattern in detector.denylist]
    return [*map(re.compile, _OWN_FORMATS), *theirs]


class Redactor:
    """Redacts queries one by one; the same person has the same number in all of them."""

    def __init__(self) -> None:
        self._persons: dict[bytes, int] = {}
        self._formats = _formats()

    def redact(self, query: str) -> tuple[str, Counter[str]]:
        """``query`` without what must not leave the company, and how often each kind of it was there."""
        return self._redacted(query, begins_with_host=False)

    def redact_name(self, name: str) -> tuple[str, Counter[str]]:
        """The same for the name of a program or a page, where every name with dots is a host."""
        return self._redacted(name, begins_with_host=True)

    def _redacted(self, text: str, begins_with_host: bool) -> tuple[str, Counter[str]]:
        counts: Counter[str] = Counter()
        count = functools.partial(_count, counts)
        if "://" in text or "/\\/" in text:
            text = _USER_IN_URL.sub(lambda match: _without_user(match, count), text)
        if _LONG_WORD.search(text):
            text = self._without_keys(text, count)
        if "=" in text or ":" in text:
            text = _ASSIGNED.sub(lambda match: _without_value(match, count), text)
        if " " in text:
            text = _AUTHORIZATION.sub(lambda match: _without_authorization(match, count), text)
        if "@" in text or "%40" in text:
            text = _EMAIL.sub(lambda match: self._without_email(match, count), text)
        return without_hosts(text, count, begins_with_host), counts

    def _without_keys(self, text: str, count: Callable[[str], None]) -> str:
        for pattern in self._formats:
            if match := pattern.search(text):
                text = _without_matches(text, pattern, match, count)
        text = _HEXADECIMAL.sub(lambda match: _without_number(match, count), text)
        for pattern in (_CANDIDATE_WITH_SLASHES, _CANDIDATE):
            text = pattern.sub(lambda match: _without_random(match, count), text)
        return text

    def _without_email(self, match: re.Match[str], count: Callable[[str], None]) -> str:
        text, start = match.string, match.start("at")
        domain = match["domain"].replace("[.]", ".").replace("\\", "").lower()
        if domain.endswith((DOCUMENTATION_DOMAIN, "example.org", "example.net")):
            return match[0]
        if not match["local"]:
            # The addresses of a company, as in author:@acme.com; elsewhere it is an annotation: @app.route
            if not _PERSON_FILTER.search(text[:start]):
                return match[0]
            count(EMAIL_HOST)
            return f"{match['escape'] or ''}{match['at']}{DOCUMENTATION_DOMAIN}"
        local = match["local"].replace("\\", "").lower()
        if local == "git" or _REPOSITORY_PATH.search(text[:start]):  # git@HOST:; a revision behind a repository
            return match[0]
        count(EMAIL)
        return f"{match['escape'] or ''}person{self._person(f'{local}@{domain}')}{match['at']}{DOCUMENTATION_DOMAIN}"

    def _person(self, address: str) -> int:
        digest = hashlib.blake2b(address.encode(), digest_size=8).digest()
        if digest not in self._persons and len(self._persons) >= MOST_PERSONS:
            return 0
        return self._persons.setdefault(digest, len(self._persons) + 1)


def _count(counts: Counter[str], kind: str) -> None:
    counts[kind] += 1


def _without_matches(text: str, pattern: re.Pattern[str], match: re.Match[str], count: Callable[[str], None]) -> str:
    """``text`` without the first match of ``pattern`` and those behind it, each with the rest of its word."""
    pieces, place = [], 0
    found: re.Match[str] | None = match
    while found:
        # An escape's letter (\bAKIA...) is none of the key's.
        start = found.start() + (1 if text[: found.start()].endswith("\\") and text[found.start()].islower() else 0)
        rest = _IN_TOKEN.match(text, found.end())
        end = rest.end() if rest else found.end()
        pieces += [text[place:start], SECRET]
        count(KNOWN_FORMAT)
        place = end
        found = pattern.search(text, place)
    return "".join([*pieces, text[place:]])


def _without_user(match: re.Match[str], count: Callable[[str], None]) -> str:
    if match["user"] == "git":
        return match[0]
    count(USER_IN_URL)
    return match["slashes"]


def _is_revision(match: re.Match[str]) -> bool:
    """True for what stands in ``rev:`` or behind the ``@`` of a ``repo:``, or is the id of a commit in their search."""
    text, start = match.string, match.start("token")
    if _REVISION.search(text[:start].rpartition(" ")[2]):
        return True
    alone = text[start - 1 : start].strip(' "') == "" and text[match.end() : match.end() + 1].strip(' ")') == ""
    commit = re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", match["token"]) is not None
    return commit and alone and _ON_COMMITS.search(text) is not None


def _without_number(match: re.Match[str], count: Callable[[str], None]) -> str:
    token = match["token"]
    if len(set(token.lower())) < 8 or _is_sequence(token) or _is_revision(match):
        return match[0]
    count(HEXADECIMAL)
    return (match["escape"] or "") + SECRET


def _without_random(match: re.Match[str], count: Callable[[str], None]) -> str:
    token = match["token"]
    if _NO_SECRET.fullmatch(token) or not looks_random(token) or _is_sequence(token) or _is_revision(match):
        return match[0]
    count(RANDOM)
    return (match["escape"] or "") + SECRET


def looks_random(token: str) -> bool:
    """True for a text of letters and digits that no one has thought of: short pieces, letters that seldom meet."""
    digits = sum(map(str.isdigit, token))
    mixed = token != token.lower() and token != token.upper()
    if not (mixed or digits >= 3) or not any(map(str.isalpha, token)):
        return False
    pieces = _PIECE.findall(token)
    average = sum(map(len, pieces)) / len(pieces)
    folded = token.lower()
    pairs = [a + b for a, b in itertools.pairwise(folded) if a.isalpha() and b.isalpha()]
    common = sum(pair in _COMMON_PAIRS for pair in pairs) / len(pairs) if pairs else 1.0
    limit = _RANDOM_BELOW if digits else _RANDOM_BELOW_WITHOUT_DIGITS
    return common + 0.1 * average < limit


def _is_sequence(token: str) -> bool:
    """True for alphabets and the like: 0123456789abcdef."""
    following = sum(ord(b) - ord(a) == 1 for a, b in itertools.pairwise(token))
    return 2 * following > len(token)


def _without_value(match: re.Match[str], count: Callable[[str], None]) -> str:
    value, equals = match["quoted"] or match["bare"], match["equals"]
    by_colon = ":" in equals and "=" not in equals
    if match["call"] or _CODE_VALUE.match(value) or not _is_assigned(match, value, by_colon):
        return match[0]
    count(ASSIGNED)
    return f"{match['name']}{equals}{match['quote'] or ''}{SECRET}"


def _is_assigned(match: re.Match[str], value: str, by_colon: bool) -> bool:
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if not match["password"]:
        return len(value) >= 8 and mixed
    if by_colon:  # also a type, or a look-alike of a filter
        return len(value) >= 5 and mixed
    return len(value) >= 3


def _without_authorization(match: re.Match[str], count: Callable[[str], None]) -> str:
    token = match["token"]
    if token == SECRET or not (any(map(str.isdigit, token)) or token.endswith("=") or len(token) >= 20):
        return match[0]
    count(AUTHORIZATION)
    return f"{match['scheme']}{match['space']}{SECRET}"


def kinds() -> Iterator[str]:
    """Every kind of redaction, in the order in which they are told."""
    yield from (KNOWN_FORMAT, HEXADECIMAL, RANDOM, ASSIGNED, AUTHORIZATION, USER_IN_URL, EMAIL, "host", "IP address")
