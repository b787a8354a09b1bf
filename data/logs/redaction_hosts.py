r"""Host names and addresses of machines in a query, replaced by documentation's own (RFC 2606, RFC 5737, RFC 3849).

Code is full of names with dots (``package.json``, ``com.acme.foo``, ``os.path``), so a name counts as a host only where
one stands: at the beginning of a ``repo:``, in a URL, behind ``git@``; or when it ends as only internal hosts do. Dots
may be escaped (``git\.corp\.io``), as in a regular expression.
"""

import ipaddress
import re
from collections.abc import Callable

HOST = "git.example.com"
IPV4 = "192.0.2.1"
IPV6 = "2001:db8::1"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Where everybody's code is, and whose names stand in everybody's code; no company's own hosts below them.
PUBLIC_HOSTS = _words(
    """
    github.com www.github.com api.github.com gist.github.com raw.github.com githubusercontent.com ghcr.io
    raw.githubusercontent.com gitlab.com bitbucket.org codeberg.org git.sr.ht sr.ht hg.sr.ht sourcegraph.com
    gitee.com gitea.com launchpad.net sourceforge.net savannah.gnu.org dev.azure.com huggingface.co
    gopkg.in crates.io docs.rs pkg.go.dev rubygems.org packagist.org hub.docker.com docker.io quay.io nuget.org
    stackoverflow.com fonts.googleapis.com google.com microsoft.com schemas.microsoft.com java.sun.com
    xmlns.jcp.org schemas.android.com developer.android.com schema.org json-schema.org purl.org yaml.org
    openapis.org swagger.io semver.org conventionalcommits.org keepachangelog.com shields.io img.shields.io unpkg.com
    cdn.jsdelivr.net cdnjs.cloudflare.com reactjs.org nodejs.org socket.io draw.io asp.net ml.net cal.com keras.io
    slack.com hooks.slack.com
    """
)
# The same, with all that is below them.
PUBLIC_DOMAINS = _words(
    """
    example.com example.org example.net golang.org npmjs.com npmjs.org pypi.org pythonhosted.org python.org k8s.io
    kubernetes.io googlesource.com google.golang.org apache.org w3.org ietf.org gnu.org kernel.org debian.org
    mozilla.org eclipse.org freedesktop.org rust-lang.org ruby-lang.org haskell.org opensource.org xmlsoap.org
    openxmlformats.org springframework.org jetbrains.com uber.org rsc.io mvdan.cc honnef.co modernc.org
    """
)
_RESERVED = frozenset(("test", "example", "invalid", "localhost"))
INTERNAL_ENDINGS = frozenset(("internal", "corp", "local", "lan", "intra", "intranet"))
# Those that no package is called, so that they tell an internal host inside of a name, too (git.corp.acme.io).
_INTERNAL_LABELS = INTERNAL_ENDINGS - {"internal", "local"}
# What names of packages and modules begin with, and the things in code that have a .local or .internal.
_CODE_BEGINNINGS = _words(
    """
    com org net io dev edu gov app java javax jakarta jdk sun kotlin kotlinx scala android androidx groovy clojure
    this self cls super window module config settings env environ application threading thread torch pip
    """
)
_SERVERS = _words("git gitlab github ghe gitea gerrit bitbucket stash scm svn hg code source src repo repos")
# Endings of hosts in daily use; the two-letter ones that are endings of files, too (md, py, rs, sh), are left out.
_ENDINGS = (
    INTERNAL_ENDINGS
    | _words("com net org edu gov mil int info biz io ai co app dev cloud tech eu home private")
    | _words("ar at au be br ca ch cn cz de dk es fi fr gr hk hu ie il in it jp kr mx nl no nz pt ro ru")
    | _words("se sg tr tw ua uk us za")
)
_FILE_ENDINGS = _words(
    """
    bash bat bzl c cc cfg cjs clj cmake conf cpp cs css csv dart dockerfile el erl ex exs go gradle graphql groovy h
    hcl hpp hs html ini ipynb java jl js json jsx kt kts less lock lua m make md mjs ml mod nix nvim php pl plist
    properties proto ps py r rb rs rst scala scss sh sql sum svelte svg swift tf toml ts tsx txt vim vue wasm xml yaml
    yml zig
    """
)
_DOCUMENTATION = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
_DOCUMENTATION_6 = ipaddress.ip_network("2001:db8::/32")

DOT = r"(?:\\{0,2}\.|\[\.\])"
_LABEL = "[a-z0-9][a-z0-9-]*+"
# Behind a backslash stands the letter of an escape, such as \b, which is no part of a name.
NAME = re.compile(rf"(?i)(?<![\w.-])(?P<escape>\\[a-z])?(?P<name>{DOT}?{_LABEL}(?:{DOT}{_LABEL})+)")
_REPOSITORY = re.compile(r"(?i)(?<![\w-])-?(?:repo|r):(?P<value>(?![\"']?(?:has|contains)[.(])\S+)")
_URL_BEFORE = re.compile(r"(?:://|:\\+/\\+/|git@)(?:[^\s/@]*@)?\Z")
_ANY_STEP = re.compile(r"(?<![/\\:?])/|\\+/(?!\\*/)")
_IPV4 = re.compile(
    rf"(?<![\w.])(?<![A-Za-z]-)(?P<escape>\\[a-z])?(?P<name>\d{{1,3}}(?:{DOT}\d{{1,3}}){{3}})(?!\w|-[A-Za-z]|{DOT}\d)"
)
_IPV6 = re.compile(
    r"(?i)(?<![\w:.])(?P<escape>\\[a-z])?"
    r"(?P<name>(?:[23][0-9a-f]{3}|f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])(?::[0-9a-f]{0,4}){2,7})(?![\w:])"
)


def plain(name: str) -> str:
    """A name as it is without escapes, in lower case."""
    return name.replace("[.]", ".").replace("\\", "").lower()


def is_public(name: str) -> bool:
    """True for a host (plain) that tells nothing of who searched."""
    labels = name.strip(".").split(".")
    domains = (".".join(labels[place:]) for place in range(len(labels)))
    return name.strip(".") in PUBLIC_HOSTS or labels[-1] in _RESERVED or any(one in PUBLIC_DOMAINS for one in domains)


def without_hosts(text: str, count: Callable[[str], None], begins_with_host: bool = False) -> str:
    """``text`` without hosts and addresses that are not everybody's; ``count`` is told the kind of each.

    ``begins_with_host``: a name at the beginning counts as a host, as in a ``repo:``.
    """
    if ":" in text:
        text = _IPV6.sub(lambda match: _without_address(match, count), text)
    if "." not in text:
        return text
    text = _IPV4.sub(lambda match: _without_address(match, count), text)
    repositories = [(match.start("value"), match.end()) for match in _REPOSITORY.finditer(text)]
    if begins_with_host:
        repositories.append((0, len(text)))

    def replaced(match: re.Match[str]) -> str:
        inside = next((start for start, end in repositories if start <= match.start("name") < end), None)
        if not _is_host(match, inside):
            return match[0]
        count("host")
        return (match["escape"] or "") + HOST

    return NAME.sub(replaced, text)


def _without_address(match: re.Match[str], count: Callable[[str], None]) -> str:
    try:
        address = ipaddress.ip_address(plain(match["name"]))
    except ValueError:  # more than 255, or too many colons
        return match[0]
    known = address.is_loopback or address.is_unspecified or str(address).startswith("255.")
    if isinstance(address, ipaddress.IPv4Address):
        known = known or any(address in network for network in _DOCUMENTATION)
    elif address in _DOCUMENTATION_6:
        known = True
    if known:
        return match[0]
    count("IP address")
    return (match["escape"] or "") + (IPV4 if address.version == 4 else IPV6)


def _is_host(match: re.Match[str], repository: int | None) -> bool:
    """True when the name with dots is a host that is not public; ``repository``: where the value of a repo: begins."""
    written = match["name"]
    name = plain(written).strip(".")
    labels = name.split(".")
    if is_public(name) or not labels[-1].isalpha() or len(labels[-1]) < 2:
        return False
    text, start, end = match.string, match.start("name"), match.end()
    before = text[:start]
    if before.endswith(("/", "@")) and _URL_BEFORE.search(before):
        return True
    if text[end : end + 1] == "(":
        return False
    if repository is not None:
        return not _is_behind_name(text[repository:start]) and _is_host_of_repository(written, labels, text[end:])
    # An internal host in capitals is one, System.Internal is none.
    return written in (written.lower(), written.upper()) and _is_internal(labels)


def _is_behind_name(text: str) -> bool:
    """True when ``text``, of a repo: before some place, holds a step or a revision: there stands no host."""
    return bool(_ANY_STEP.search(text)) or "@" in text


def _is_host_of_repository(written: str, labels: list[str], behind: str) -> bool:
    step = behind.startswith(("/", "\\/", "\\\\/")) or bool(re.match(r":\d", behind))
    if labels[0] in ("com", "org", "net") or (len(labels) == 2 and labels[-1] in _FILE_ENDINGS):
        return False
    if step or labels[-1] in INTERNAL_ENDINGS:
        return True
    # Without a path it may be a repository's name: Microsoft.Extensions, kube.proxy.
    if written != written.lower():
        return False
    return labels[-1] in _ENDINGS or (len(labels) > 2 and labels[0] in _SERVERS)


def _is_internal(labels: list[str]) -> bool:
    if labels[0] in _CODE_BEGINNINGS:
        return False
    if labels[-1] in INTERNAL_ENDINGS or _INTERNAL_LABELS & set(labels[1:]):
        return True
    return len(labels) > 2 and labels[0] in _SERVERS and labels[-1] in _ENDINGS
