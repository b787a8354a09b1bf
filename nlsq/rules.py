"""A translator without a model: what phrases mean, in tables, and the words that are left over as search terms.

The baseline that a trained model has to beat. It works on what a model would read, a request with slots
(``nlsq.reading.reader``), and gives what a model would write, a template.

A table's rule is what it gives, and below that the phrases that give it. A space is any space, parentheses do not
capture, ``<word>`` and so on are slots of that kind, the other names in angle brackets are those of ``MACROS``, and
one with a ``!`` is a value: the first is ``{1}`` in what is given, and one of several words gives a group. What stands
behind ``|`` stays in the text, for later rules and as search terms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlsq.reading import slots

# About the search rather than of what is searched.
_FILLER_WORDS = """
a about actually again alive all already also am an and another answer any anybody anyone anything anyway anywhere apart
app appear appears apps are around as asap ask asking at audit author authors away back be been before begin beginning
being below between bits both branch branches broke broken but by called calling can can't care changed changing check
checked code codebase codebases come commit commits committed committing compare concerning concerns contain contained
containing contains could customer de dear declaration declarations declared defined definition definitions depend
depends did dir directories directory dirs distinct do does doesn't doing don't done dont each either else en end ending
ends enough entry even ever every everybody everything everywhere evry exact exactly examples exclude excluded exist
exists file files find fine first folder folders folks for forgot form from get gets getting gimme give going gone got
grep guess had handle handles happened has have having he hello help here hey hi his hit hits hope how hunting i i'd i'm
i've idea identifier identifiers ie if implementation importing imports in incident include included inside instead into
is isn't it it's its itself jump just keep keeps kind kindly kinds know la landed landing last lately least left let
let's like line lines list literal literals live lives lol look looked looking looks lot lying made many matching matter
maybe me mean mention mentioned mentioning mentions mereged merged message messages might more morning most must my name
named names need needs new no nobody none nor not nothing now nowhere number occur occurrences occurs of off ok on once
one ones only or org other others our out over own owner owners owns pages path paths people perhaps phrase place places
please pls plus plz postmortem prod project projects pull put question quick rather read reads really refer referenced
references referencing related remember repo repos repositories repository results review reviewing right run runs same
saw say saying says se search security see seem seems seen services set sets shaped she should show shows since single
so some somebody someone something somewhere sorry sorts sources start starting starts step still string stuff style
such sure symbol symbols tag tags taht take talk talking talks team teams tell telling term text than thanks that that's
the their them then there there's theres these they they're thing things think this those three thx time times to
together told too took touch touched touches touching trying two type u ugh under up us usage usages use used uses using
very via w wanna want wanted wants was we we're well went were what what's whatever whats when where where'd where's
wherever which whichever who who's whole whom whose why wich will with within word words work worked working works would
write written yes yet you your
"""
FILLERS = frozenset(_FILLER_WORDS.split())
# Names of languages that are seldom anything else, and those that need a word beside them.
_SURE = (
    r"python\d?|py|javascript|js|typescript|ts|tsx|jsx|java|kotlin|kt|scala|ruby|rb|golang|c\+\+|cpp|c#|csharp|f#|php"
    r"|perl|haskell|erlang|elixir|clojure|ocaml|lua|julia|terraform|hcl|solidity|objective-c|objc|dart|groovy"
    r"|zig|nim|powershell|bash|svelte|vue|yaml|yml|scss|fortran|cobol|matlab|verilog|jupyter notebooks?|gdscript"
    r"|systemverilog|hlsl|glsl|gleam|bicep|plsql|latex|thrift|abap|coffeescript|handlebars|wgsl|vhdl|rust|swift|cmake"
    r"|makefiles|sass|racket|(?:shell|bash)\s+scripts?"
)
_UNSURE = (
    r"(?:go|c|r|d|shell|make|react|node|xml|json|markdown|graphql|html|css|protobuf|toml|elm|crystal|assembly|sql|nix"
    r"|notebooks?|cuda|makefile)(?!\w|[#+]|\.\w)"
)
CALLED = {"shell script": "shell", "bash script": "shell", "notebook": "jupyter notebook"}
# The kinds of symbols, and what they are called; no kind for what has none of its own.
_KINDS = """
function: function functions func funcs fn fns | method: method methods | struct: struct structs | event: event events
class: class classes abstract&class dataclass cls | interface: interface interfaces | object: object objects
enum: enum enums enumeration | constant: constant constants const | variable: variable variables var vars
field: field fields | property: property properties | module: module modules | namespace: namespace namespaces
package: package packages | constructor: constructor constructors ctor | operator: operator operators
enum-member: enum&member enum&members | type-parameter: type&parameter type&parameters
: type types typedef symbol symbols macro trait protocol subroutine proc procedure record component hook decorator
"""
KIND_OF = {
    word.replace("&", " "): kind.strip()
    for kind, _, words in (one.partition(":") for one in re.split(r"[|\n]", _KINDS))
    for word in words.split()
}
ENDINGS = {"dockerfiles": "Dockerfile", "makefiles": "Makefile", "readmes": "README", "gemfiles": "Gemfile"}
_NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NUMBERS = {word: count for count, word in enumerate(_NUMBER_WORDS)} | {"a hundred": 100, "hundred": 100, "a dozen": 12}


def slot_class(*names: str) -> str:
    """The slots of these kinds, as a class of characters."""
    first = [ord(slots.slot_character(name, 0)) for name in names]
    return "[" + "".join(f"{chr(one)}-{chr(one + slots.PER_KIND - 1)}" for one in first) + "]"


BETWEEN = r"(?:\s*[/&]\s*|\s*,?\s+(?:or|and|nor|plus)\s+)(?:(?:the|by|from|in)\s+){0,2}"


def _several(item: str) -> str:
    """``item``, or some of them: ``a, b or c``; a comma alone is no list."""
    return rf"(?:{item}(?:(?:\s*,\s*{item}){{0,5}}{BETWEEN}{item}){{0,4}})"


# Never a value, nor most other fillers, but to leave out these few makes the phrases much faster.
_OPERATOR_WORDS = """
not no nor neither without except or and but commits? diffs? changes? the an? in of on at to by for from with our my all
any every that which who what where when is are was were it its this we us i you they files? code repos? did do does has
have had there still only usages? uses? using find show
"""
PLAIN = rf"(?!(?:{'|'.join(_OPERATOR_WORDS.split())})(?![\w'’]))(?<![\w'’-])[^\W\d_](?:[\w-]*\w)?(?!\w|['’](?!s(?!\w)))"
ANY = slot_class(*(kind for kind in slots.KINDS if kind not in slots.TIMES))
_WHO = rf"(?:{slot_class('word')}(?:\s+{slot_class('word')}){{0,2}}|{slot_class('code', 'dashed', 'quoted')}|{PLAIN})"
_NAMED = rf"(?:{slot_class('name', 'host', 'candidate', 'dashed', 'word', 'code', 'quoted')}|{PLAIN})"
_KNOWN_FILES = r"(?:dockerfiles?|makefiles?|jenkinsfiles?|codeowners|readmes?|gemfiles?|procfile|go\.(?:mod|sum))(?!\w)"
_ITEM = rf"(?:{ANY}|{PLAIN})"
_FILE = rf"(?:{slot_class('file', 'extension', 'path')}|{_KNOWN_FILES})"
_LISTS = {"slot": ANY, "item": _ITEM, "who": _WHO, "file": _FILE, "path": slot_class("path", "file", "extension")}
_LISTS |= {"lang": f"(?:{_SURE}|{_UNSURE})", "candidate": slot_class("candidate")}
MACROS = {kind: slot_class(kind) for kind in slots.KINDS} | {f"{name}s": _several(one) for name, one in _LISTS.items()}
MACROS |= {"slot": ANY, "item": _ITEM, "who": _WHO, "file": _FILE, "named": _NAMED, "plain": PLAIN}
MACROS |= {"full": _several(slot_class("name", "host")), "sure": _several(f"(?:{_SURE})")}
MACROS |= {
    "time": slot_class(*slots.TIMES),
    "a": r"(?:(?:the|an?|our|my|your|any|all|some|every|this|that|its|their|those|these|of|one|each)\s+){0,4}",
    "s": r"(?:['’]s?)?",
    "text": r"[^¦]{2,40}?",
    "asked": r"\s+(?:that|which|with|using|mentioning|referencing|still|containing|where|depending|whose)",
    "visibility": "private|public",
    "count": "|".join(NUMBERS) + "|" + slot_class("number"),
    "middle": r"[^¦.?;]{0,60}?",
    "main": "main|master|develop|trunk|head",
    "kind": "|".join(sorted(map(re.escape, KIND_OF), key=len, reverse=True)),
    "in": r"(?:(?:in|inside|within|under|from|at|of|on|across|throughout|into|for|to|through|only|just|touching)\s+)",
    "defs": r"(?:def(?:init?i?on|intion|inition)?s?|declarations?|defines?|declares?|defining|jump to|signature)",
    "dir": r"(?:(?:sub)?(?:director(?:y|ies)|folders?|dirs?|trees?)|paths?)",
    "repos": r"(?:repos?|repositor(?:y|ies)|codebases?|projects?)",
    "diffs": r"(?:diffs?|patch(?:es)?|changes?|edits?|changesets?)",
    "commits": r"(?:comm?its?|commit messages?|(?:commit|git) (?:log|history)|merges)",
    "have": r"(?:with|having|containing|carrying"
    r"|(?:(?:that|which)\s+)?(?:have|has|contain|contains|carry|carries|include|ship))",
    "say": r"(?:mention\w*|about|saying|referencing|containing|with|says?"
    r"|(?:(?:that|which)\s+)?(?:say|mention|refer to)s?)",
    "no": r"(?:(?:every|any)(?:thing|where|one|\s+repo)\s+(?:but|except)|no|not|without|excluding|exclude|skip|skipping"
    r"|ignore|ignoring|leave out|leaving out|except(?: for)?|minus|nothing|outside|isn't|aren't|never|neither|non|isnt"
    r"|lacks|lacking)",
    "too": r"(?:included|too|as well|also|welcome|are fine|count|allowed)",
    "did": r"(?:did|do|done|land(?:ed)?|commit(?:t?ed)?|push(?:ed)?|merged?|sen[dt]|made|tried|ship(?:ped)?"
    r"|work(?:ed|ing)?(?: on)?|been (?:up to|doing|working on)|wrote|contributed)",
}


@dataclass(frozen=True)
class Phrase:
    """A rule: what it looks for, the filters or the term that it gives, and what it keeps in the text."""

    pattern: re.Pattern[str]
    gives: str
    keeps: str


def _table(text: str) -> tuple[Phrase, ...]:
    found = []
    # What stands further in goes on with the line above.
    for line in filter(str.strip, re.sub(r"\n {8}", "", text).splitlines()):
        if line[0] != " ":
            gives, _, keeps = line.partition("|")
        else:
            found.append(Phrase(_compiled(line.strip()), gives.strip(), keeps.strip()))
    return tuple(found)


def _compiled(phrase: str) -> re.Pattern[str]:
    text = re.sub(r"(?<!\\)\((?!\?)", "(?:", phrase)
    text = text.replace("<a> ", "<a>").replace("<in> ", "<in>")  # these hold the space behind them
    text = re.sub(r"<([a-z]+)(!?)>", lambda match: f"({'' if match[2] else '?:'}{MACROS[match[1]]})", text)
    text = re.sub(r"(?<!\\) ", r"\\s+", text)
    return re.compile(rf"(?<![\w'’-])(?:{text})(?![\w'’-])", re.IGNORECASE)


_REPOSITORIES = _table(r"""
repo:has.topic({1})
    (<have> |tagged )?<a> topics? (called |named |of |is |tag |set to )?<a> <items!>
    <a> <item!> topic
-repo:has.commit.after({2})|repos {1}
    (repos|repositories|projects|forks)<middle!>(no|not|nobody|without|\w+n't|never|last)( \w+)? (commits?|changed
        |touched|updated|active|activity|comm?itted( to)?|moved)( in| at all)? <time!>
repo:has.commit.after({2})|repos {1}
    (repos|repositories|projects|forks)<middle!>(commits?|changed|touched|updated|active|activity|comm?itted to
        |moved) <time!>
-repo:has.path({1}) | repos
    <repos> (without|missing|lacking|(that |which )?(have|has|with) no|(that )?lack|(that )?don't have) <a> <file!>
repo:has.path({1}) repo:has.path({2}) | repos
    <repos> <have> (both )?<a> (?=<file>|<word>)<item!>( file)? and <a> (?=<file>|<word>)<item!>
repo:has.file(path:{2} content:{1}) | repos
    <repos> (<say>|<have>|using|requiring|that (use|require|list|pin|depend on)
        |depending on) <a> <slot!> in <a> <file!>
repo:has.path({1})
    <in><a> <repos> <have> <a> <file!>( files?)?
repo:has.path({1}) | repos
    <repos> <have> <a> <file!>( files?)?
repo:{1} | repos
    <repos> <have> <item!> in <a> names?
    <repos> (called|named|whose names? (contains?|has|starts with|includes?)) <a> <item!>
file:has.owner({1})
    (owned by|belonging to|(that |which )?belongs? to) <a> <items!>( team)?
    (everything|anything|what|which files|files|stuff|whatever) (does |do |that )?<a> <who!>( team)? (owns?
        |is the owner of)
-file:has.owner()
    (that )?(has |have )?no(body| one)? (owns?|owners?)|unowned|without (an |any )?owners?|with no owners?
file:has.contributor({1})
    (which |what )?(files )?(did |has |have |does )?<a> <who!>( has| have| ever)? contributed? to
""")
_SCOPE = _table(r"""
visibility:{1} | repos
    <a> <visibility!> <repos>(?=<asked>)
visibility:{1}
    (only |just |in )*<a> <visibility!>(ly visible)? (<repos>|ones|code)( only)?
fork:no
    (<no>|don't show)( in| from| being)?,? <a> (forks|forked( repos?| ones)?)
archived:no
    <no>( in| from| being)?[ -]?<a> archived( ones| <repos>| stuff)?
archived:yes
    (includ(e|ing)|incl|also|even|and|plus|counting)( in)? <a> (archived|archives)( <repos>| ones| code)?( <too>)*
    archived( <repos>| ones| stuff| code)?,?( <too>| incl\.?)+
fork:yes
    (includ(e|ing)|incl|also|even|and|plus|counting)( in)? <a> (forks|forked <repos>)( <too>)*
    (forks?|forked)( <repos>| ones)?,?( <too>)+
archived:only
    (in |only |just |across |inside )*<a> archived( <repos>| ones| code| stuff)?( only| alone)?
fork:only repo:{1}
    (only |just |in )*<a> forks( only)? (of|for) <a> <named!>
fork:only
    (only |just |in |among |inside |across )*<a> (forks|forked <repos>|forked)( only| alone)?
case:yes
    case[ -](sensitive(ly)?|matters|exact|as written)
    (exact|match(ing)?|same|right|respect|keep|mind) (the )?(upper |lower )?(case|casing|capitali[sz]ation)
    (in )?(all )?(upper|lower)[ -]?case( only)?|(in )?all[ -]caps|in capitals( only)?|capitals only
        |with (a )?capital \w
count:{1}
    (the )?(first|last|latest|top|max|at most|limit(ed)?( it)?( to)?|only|no more than|up to|maximum|just
        |cap(ped)?( it)? at|stop at|stop after)( of)? <count!>( (results?|hits?|matches|ones|of them))?
    <count!> (results?|hits?|matches|examples|of them)( (max|only|at most|is enough|are enough|please|will do))*
count:all
    all (the )?(results|hits|matches)|no (result )?limit|without (a )?limit|unlimited( results)?
select:repo
    (just |only )?(the )?(repos? names?|repos? list|names? of (the )?repos?(itories)?
        |list of repos?(itories)?)( only| is enough| please)?
select:file.owners
    (by|code) owners?|owners? (only|list( for)?)
    (who (owns?|are the owners of|is responsible for)|(the )?(code )?owners (of|for|behind))( <a> (files|code
        |everything)( that| with| which)?)?
select:file.directory
    (the )?directories(?= ¦| with)
    ^ ?(director(y|ies)|folders|dirs|every folder|each folder) (holding|with|where|containing|that)
select:file
    (just |only )?<a> (list of |distinct |unique |just the |only the )+(files?|file ?names|paths)( only)?
    (just )?files? ?(names? |list )?only
    (just|only) (the )?(file ?names|files|paths)(,? (no|not) (line )?(matches|lines))?
""")
_REVISIONS = _table(r"""
rev:*refs/heads/*:*!refs/heads/{1}
    <in>?(all|every|any|each)( <a> branch(es)?)? (but|except|other than|besides)( for)? <a> <item!>( branch| one)?
rev:*refs/tags/*
    <in>?(all|every|any|each)( of)?( the| our)? (release )?tags?|(which|what) tags
rev:*refs/heads/*
    <in>?(all|every|any|each)( of)?( the| our)? branch(es)?|(which|what) branches
rev:at.time({1})
    <in>?(the )?(state|snapshot|code)( of things)?( of| from)? <time!>
    (as |like |how )?(the )?(code|it|they|that|things)? ?(was|were|looked|stood|look|looks)( like)?( back)? <time!>
rev:{2}|{1}
    <full!>,? (at|@|on) (?=<code>|<dashed>|<version>|<name>)<slot!>
    (?=<full>|<candidate>)<slot!>( ?@ ?|,? )<version!>
rev:{1}|{2}
    (at|on|in)? ?<version!> (of|in|from) (?=<full>|<candidate>)<slot!>
rev:{1}
    <in>?<a> (branch|tag|tagged|revision|commit|rev|release|version|ref) <slot!>
    <in>?<a> <item!> (branch|tag|revision|release branch)
    <in>?<a> branch <plain!>
    (at|on|in|of|from|version|release|sha|@) <version!>
    on <name!>
""")
_PEOPLE = _table(r"""
-author:{1} type:commit
    <commits>?<no> (by|from|authored by) <a> <whos!>
    (anyone|everyone|anybody|everybody|people|all) (but|except|other than) <whos!>
committer:{1} type:commit
    committer( is| was)? <a> <who!>
author:{1} type:diff
    (what|everything|anything|stuff)( has| did| that)? <whos!>( has)? (chang(ed?|ing)|touch(ed)?|edit(ed)?
        |alter(ed)?|modif(y|ied))
    <whos!>['’]s? <diffs>
    <diffs>( that were| made)? (by|from) <whos!>
author:{1} type:commit
    <commits>( made| that were| authored| written)? (by|from) <whos!>
    (what|everything|anything|stuff|whatever|things|which commits)( has| did| have| that)? <a> <whos!>( has| have
        | ever| actually)? <did>( to| on| in)?
    (did|has|have) <who!>( ever)? <did>( to| on| in| anything| something)*
    <whos!>['’]s? (<commits>|work|stuff)
    (author|authored by|author is|written by) <whos!>
author:{1}|who
    (that|which|lines|commits|patches|diffs|did|has|he) <word!>(?= (changed|touched|removed|added|deleted|edited
        |committed|merged|made|pushed|sent))
author:{1}
    by <whos!>
""")
_CHANGES = _table(r"""
type:diff select:commit.diff.removed
    (who|when|where|what|which <commits>|diffs?( that)?|<commits>( that)?|<diffs>)( did| was| were| got| has| we
        | that)* (remov(ed?|ing|es)|delet(ed?|ing|es)|dropp?(ed|ing)?|got rid of|kill(ed)?|ripped out|took)
    (ripped|taken|thrown|kicked|going|gone) (out|away)|removals?( of)?
    (was|were|got|been|being|gets?) (remov|delet|dropp|kill)ed
    (remov|delet)(ed|ing|als? of)( lines?( with| that contain| containing)?)?
type:diff select:commit.diff.added
    (who|when|where|what|which <commits>|diffs?( that)?|<commits>( that)?|<diffs>)( did| was| were| got| has| we
        | first| that)* (add(ed|ing|s)?|introduc(ed?|ing|es)|inserted|sneaked in|creat(ed|ing))
    (first )?(newly[ -])?(added|adding|introduced|introducing|additions of)( lines?( with| that contain
        | containing)?)?
type:diff
    (who|when|what|which <commits>)( has| was| got| did| were| else| last)* (been )?(chang(ed?|ing)|touch(ed)?
        |wrote|broke|edit(ed)?|modif(y|ied)|updated?)( around| about| in)?
    <a> (<diffs>)( <in>| that touch(ed)?| touching| where| which| to| of| <say>)?
type:commit|{1}
    (with |whose |w/ )?<slot!> in (the|their|its) (commit )?message
type:commit
    <a> <commits>( (where|which|that|whose)( the)?( message)?( is| are)?)?( <say>)?
    (what|anything|everything|stuff)( has| that)? (landed|happened|changed|merged|went in(to)?|shipped
        |got me?re?ged|been going on)
""")
_FILES = _table(r"""
-file:test
    (but )?<no>( in| from| under| inside| counting| for| the| unit)*[ -]?<a> tests?( files?| code| <dir>)?
-file:{1}
    (?=<file>|docs|mocks?|fixtures?|<path>)<item!>( <dir>| files?)? (excluded|left out|not counted|aside)
    (but )?<no>( of| in| from| under| inside| counting| the ones in| anything in| for)*,? <a> <paths!>( <dir>)?
-file:{1}/
    (but )?<no>( in| from| under| inside| counting| anything in)*,? <a> <items!> <dir>
    (but )?<no>( in| from| under| inside| counting| anything in)*,? <a> <name!>(?! itself)
file:^{1}/
    <in>?<a> top[ -]level <item!>( <dir>)?
file:{1}
    <in>?<a> <path!> <dir>
file:{1}/
    <in><a> <item!> <dir>
    (under|inside|below|within) <a> <name!>
    (under|inside|below|within) <a> (?!<file>)<item!>(?=$|,| ¦)
file:{1}
    <a> (files?|paths?|filenames?|scripts?|pages?|file ?names?|<dir>)( that are| whose)?( is| are)? (called|named
        |containing the name) <a> <items!>
    <a> (paths?|file ?names?)( that)? (containing|contain|with|having|including) <a> <items!>( in (it|them))?
    <in><a> <files!>( <dir>| files?)?
    (with|has|have|having)? ?<items!> in (its|the|their) (path|file ?name)s?
    <in><a> <word!> files?
    <in>?<a> <files!>( files?)?
""")
_WHERE = _table(r"""
repo:{1}/
    <in><a> <named!>['’]s? (repos|repositories|projects|org|organi[sz]ation)
    <in>?<a> <named!> (org|organi[sz]ation)
-repo:{1}
    (but )?<no>( in| from| the ones in)*,? <a> (<full!>|<candidates!>)( itself)?( repos?)?
    (but )?<no>( in| from)*,? <a> <named!> <repos>
repo:{1}
    <in>?(both )?<a> <candidates!><s>( <repos>)?
    <in><a> <items!> <repos>
    <in>?<a> (<dashed!>|<word!>) <repos>
    (?<!which\ )(?<!what\ )<in><a> <repos> <named!>
    (?<!which\ )(?<!what\ )<a> repo(sitory)?( is|:| called| named)? (?=<dashed>|<word>)<slot!>
    <in>?(both )?<a> <full!><s>( <repos>)?
""")
_LANGUAGES = _table(r"""
-lang:{1}
    (but )?<no>( in| from)*,? <a> <langs!>( code| files?| ones| sources?)?
lang:{1}
    <in>?<a> (plain )?<langs!> (code|files?|sources?|stuff|scripts?|services?|source files|side|only|headers|apps?
        |please|pls)
    (in|lang|language|lang:)( is)? <langs!>(?=$|,| ¦| please| that| with| and| where| only)
    <in>?<sure!>
    <langs!>(?=$|,|:|\?)
    <langs!>(?= <repos>| <kind>| projects| tests?| <diffs>| <commits>)
""")
_SYMBOLS = _table(r"""
{call:1}
    (calls?|calling|call sites?|callers?|invocations?|invokes?|invoking|invoked?)( to| of
        | for)? <a> (function |method )?<slots!>
type:symbol select:symbol.{1}|{2}
    (where|wher|find|which file|in which file)( is|'s| are| was| does| did| do we)* <a> <kind!> <items!>( get| gets
        | is)? (defined?|declared?|implemented|lives?|located|come from|definition)
    <defs>( of| for)? <a> <kind!>( called| named)? <items!>
    <a> <kind!> (called|named) <items!>
    <a> <kind!> (?=<code>|<word>|<dashed>|(?-i:[A-Z]))<items!>( <defs>)?
type:symbol select:symbol.{2}|{1}
    <a> <slot!> <kind!>( <defs>)?(?=$|,| ¦| in| defined)
type:symbol select:symbol.{1}
    (all|every|list|which|what|any)( of)?( the| our)? <kind!>
    ^ ?<kind!>(?= ¦|:)
    <kind!>(?=,?( that| whose| which| with)?( names?)?( that)? (start|begin|end)| (defined|declared))
type:symbol|{1}
    (where|wher|which file|in which file)( is|'s| are| was| does| did| do we| the)* <items!>( get| gets| is
        | actually)* (defined?|declared?|implemented|definition|declaration)
    <defs>( of| for)? <a> <items!>
type:symbol
    (where |that |which |is |get |gets |got )*(defined|declared)( where)?|the definition
/\b{1}\w+/
    ((that|which|whose names?|(with )?names?) )*(start|begin)(s|ning|ing)? with <a> (word |prefix |letters )?<item!>
/\w+{1}\b/
    ((that|which|whose names?|(with )?names?) )*end(s|ing)? (in|with) <a> (word |suffix )?<item!>
""")
CALLS = "{call:1}"  # what gives calls: names with a parenthesis
TABLES = (_REPOSITORIES, _SCOPE, _REVISIONS, _LANGUAGES, _FILES, _WHERE, _PEOPLE, _CHANGES, _SYMBOLS)
