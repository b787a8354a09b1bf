"""A translator without a model: what phrases mean, in tables, and the words that are left over as search terms.

The baseline that a trained model has to beat. It works on what a model would read, a request with slots
(``nlsq.reading.reader``), and gives what a model would write, a template.

A table's rule is what it gives, and below that the phrases that give it. A space is any space, parentheses do not
capture, ``<word>`` and so on are slots of that kind, the other names in angle brackets are those of ``_MACROS``, and
one with a ``!`` is a value: the first is ``{1}`` in what is given, and one of several words gives a group. What stands
behind ``|`` stays in the text, for later rules and as search terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nlsq.filters import CANONICAL_NAME
from nlsq.query.languages import nearest
from nlsq.reading import slots
from nlsq.reading.slots import ANY_SLOT

_GAP = " ¦ "  # where a phrase was: what stood around it is not together

# About the search rather than of what is searched.
_FILLERS = frozenset(
    """a about actually again all also am an and another any anybody anyone anything anyway anywhere are around as ask at
    audit be been being below but by called calling can check code codebase codebases come contain contained containing
    contains could did do does doesn't doing don't dont each either else enough even ever every everything everywhere
    evrything exact exactly examples existing file files find for forgot from get gets getting gimme give going got grep
    had happened happens has have having he hello help here hey hi hit hits how i i'd i'm i've if implementation in inside
    instances into involving is isn't it it's its itself just keep know left let like line lines list live lives lol look
    looking looks made make many matching matter me mean mention mentioned mentioning mentions might morning must my need
    needs new now occurrence occurrences of off ok on ones only or our out over people perhaps phrase place places please
    pls plz put question quick quickly really refer reference referenced references referencing related repo repos results
    repositories repository run runs same say saying says search see seen serach set sets show so some somebody someone
    something somewhere sorry sources stuff such sure talk talking talks tell term text than thanks that that's the their
    them then there there's these they thing things think this those thx to together too touching up us usage usages use
    used uses using very w want wanted was we well were wen what what's whatever whats when where where's wheres which who
    who's whole whose why wich will wherever with within word words would you your hunting trying seem seems theres we're
    they're stands appear appears located spot spots bits teh literal string identifier
    still both own ones touch touched touches touching whichever w/ wher ther wehre stil dose whcih anyting committed
    commited committing commiting mereged merged landed landing changed changing as message messages jump take pull
    compare looked name names named identifiers defined definition definitions folder folders directory dir dirs inn
    directories path paths re whats hope plus lot remember everybody nobody yet already work works worked working went
    shaped form kind kinds least projects project type symbol symbols sitting done somehow asking told tell telling
    forks archived public private owns owners owner tag tags branch branches author authors since""".split()
)
# Names of languages that are seldom anything else, and those that need a word beside them.
_SURE = (
    r"python\d?|py|javascript|js|typescript|ts|tsx|jsx|java|kotlin|kt|scala|ruby|rb|golang|c\+\+|cpp|c#|csharp|f#|php"
    r"|perl|haskell|erlang|elixir|clojure|ocaml|lua|julia|terraform|hcl|solidity|objective-c|objc|dart|groovy"
    r"|zig|nim|powershell|bash|svelte|vue|yaml|yml|scss|fortran|cobol|matlab|verilog|jupyter notebooks?|gdscript"
    r"|vhdl|rust|swift|cmake|makefiles|sass|racket|(?:shell|bash)\s+scripts?"
)
_UNSURE = (
    r"(?:go|c|r|d|shell|make|react|node|xml|json|markdown|graphql|html|css|protobuf|toml|elm|crystal|assembly|sql|nix"
    r"|notebooks?|cuda|makefile)(?!\w|[#+]|\.\w)"
)
_CALLED = {"shell script": "shell", "bash script": "shell", "notebook": "jupyter notebook"}
_KINDS = {
    **{
        "function": "function functions func funcs fn fns",
        "method": "method methods",
        "class": "class classes abstract&class dataclass",
    },
    **{"interface": "interface interfaces", "struct": "struct structs", "enum": "enum enums enumeration"},
    **{"constant": "constant constants const", "variable": "variable variables var vars", "field": "field fields"},
    **{"property": "property properties", "module": "module modules", "namespace": "namespace namespaces"},
    **{
        "package": "package packages",
        "constructor": "constructor constructors",
        "": "type typedef symbol symbols types",
    },
    **{"object": "object objects", "event": "event events", "operator": "operator operators"},
    **{"enum-member": "enum&member enum&members", "type-parameter": "type&parameter type&parameters"},
}
_KIND_OF = {word.replace("&", " "): kind for kind, words in _KINDS.items() for word in words.split()}
_ENDINGS = {"dockerfiles": "Dockerfile", "makefiles": "Makefile", "readmes": "README", "gemfiles": "Gemfile"}


def _kind(*names: str) -> str:
    first = [ord(slots.slot_character(name, 0)) for name in names]
    return "[" + "".join(f"{chr(one)}-{chr(one + slots.PER_KIND - 1)}" for one in first) + "]"


_BETWEEN = r"(?:\s*[/&]\s*|\s*,?\s+(?:or|and|nor|plus)\s+)(?:(?:the|by|from|in)\s+)*"


def _several(item: str) -> str:
    """``item``, or some of them: ``a, b or c``; a comma alone is no list."""
    return rf"(?:{item}(?:(?:\s*,\s*{item})*{_BETWEEN}{item})*)"


# Never a value, nor most other fillers, but to leave out these few makes the phrases much faster.
_OPERATORS = (
    "not no nor neither without except or and but commits? diffs? changes? the an? in of on at to by for from with our my"
    " all any every that which who what where when is are was were it its this we us i you they files? code repos? did do"
    " does has have had there still only usages? uses? using find show"
).split()
_PLAIN = rf"(?!(?:{'|'.join(_OPERATORS)})(?![\w'’]))(?<![\w'’-])[^\W\d_](?:[\w-]*\w)?(?![\w'’])"
_ANY = _kind(*(kind for kind in slots.KINDS if kind not in slots.TIMES))
_WHO = rf"(?:{_kind('word')}(?:\s+{_kind('word')}){{0,2}}|{_kind('code', 'dashed', 'quoted')}|{_PLAIN})"
_NAMED = rf"(?:{_kind('name', 'host', 'candidate', 'dashed', 'word', 'code', 'quoted')}|{_PLAIN})"
_KNOWN_FILES = r"(?:dockerfiles?|makefiles?|jenkinsfiles?|codeowners|readmes?|gemfiles?|procfile|go\.(?:mod|sum))(?!\w)"
_FILE = rf"(?:{_kind('file', 'extension', 'path')}|{_KNOWN_FILES})"
_MACROS = {
    **{kind: _kind(kind) for kind in slots.KINDS},
    **{
        "slot": _ANY,
        "slots": _several(_ANY),
        "item": rf"(?:{_ANY}|{_PLAIN})",
        "items": _several(rf"(?:{_ANY}|{_PLAIN})"),
        "who": _WHO,
    },
    **{"whos": _several(_WHO), "named": _NAMED, "file": _FILE, "files": _several(_FILE), "plain": _PLAIN},
    **{
        "full": _several(_kind("name", "host")),
        "langs": _several(f"(?:{_SURE}|{_UNSURE})"),
        "sure": _several(f"(?:{_SURE})"),
    },
    "candidates": _several(_kind("candidate")),
    "time": _kind(*slots.TIMES),
    "a": r"(?:(?:the|an?|our|my|your|any|all|some|every|this|that|its|their|those|these|of|one|each)\s+)*",
    "s": r"(?:['’]s?)?",
    "text": r"[^¦]{2,40}?",
    "asked": r"\s+(?:that|which|with|using|mentioning|referencing|still|containing|where|depending|whose)",
    "visibility": "private|public",
    "main": "main|master|develop|trunk|head",
    "change": "added|removed",
    "kind": "|".join(sorted(map(re.escape, _KIND_OF), key=len, reverse=True)),
    "in": r"(?:(?:in|inside|within|under|from|at|of|on|across|throughout|into|for|to|through|only|just|touching)\s+)",
    "defs": r"(?:def(?:init?i?on|intion|inition)?s?|declarations?|defines?|declares?|defining|jump to|signature)",
    "dir": r"(?:(?:sub)?(?:director(?:y|ies)|folders?|dirs?|trees?)|paths?)",
    "repos": r"(?:repos?|repositor(?:y|ies)|codebases?|projects?)",
    "diffs": r"(?:diffs?|patch(?:es)?|changes?|edits?|changesets?)",
    "commits": r"(?:comm?its?|commit messages?|(?:commit|git) (?:log|history)|merges)",
    "have": r"(?:with|w/|having|(?:(?:that|which)\s+)?(?:have|has|contain|contains|carry|carries|include|ship)|containing|carrying)",
    "say": r"(?:mention\w*|about|saying|(?:(?:that|which)\s+)?(?:say|mention|refer to)s?|referencing|containing|with|w/|says?)",
    "no": r"(?:no|not|without|excluding|exclude|skip|skipping|ignore|ignoring|leave out|leaving out|except(?: for)?|minus|nothing|outside|isn't|aren't|never|neither|non|isnt|lacks|lacking|w/o)",
    "too": r"(?:included|too|as well|also|welcome|are fine|count|allowed)",
    "did": r"(?:did|do|done|land(?:ed)?|commit(?:t?ed)?|push(?:ed)?|merged?|ship(?:ped)?|work(?:ed|ing)?(?: on)?|been (?:up to|doing|working on)|wrote|contributed)",
}


@dataclass(frozen=True)
class _Phrase:
    pattern: re.Pattern[str]
    gives: str
    keeps: str


def _table(text: str) -> tuple[_Phrase, ...]:
    found = []
    for line in filter(str.strip, text.splitlines()):
        if line[0] != " ":
            gives, _, keeps = line.partition("|")
        else:
            found.append(_Phrase(_compiled(line.strip()), gives.strip(), keeps.strip()))
    return tuple(found)


def _compiled(phrase: str) -> re.Pattern[str]:
    text = re.sub(r"(?<!\\)\((?!\?)", "(?:", phrase)
    text = text.replace("<a> ", "<a>").replace("<in> ", "<in>")  # these hold the space behind them
    text = re.sub(r"<([a-z]+)(!?)>", lambda match: f"({'' if match[2] else '?:'}{_MACROS[match[1]]})", text)
    text = re.sub(r"(?<!\\) ", r"\\s+", text)
    return re.compile(rf"(?<![\w'’-])(?:{text})(?![\w'’-])", re.IGNORECASE)


_REPOSITORIES = _table(r"""
repo:has.topic({1})
    (<have> |tagged )?<a> topics? (called |named |of |is |tag |set to )?<a> <items!>
    (tagged|labelled)( with| as)? <a> <items!>
    <a> <item!> topic
repo:has.meta({1}:{2})
    (whose |<have> )?metadata( key| says| has| where| with| of| set| pair| is)* <a> <item!>( is| set to| of|:| =| equals| as|=)+ ?<item!>
    <have> <a> <item!>( set to | ?[:=] ?)<item!> (in|as) (the |their |its )?metadata
repo:has.meta({1})
    <have> <a> <item!>( key)? (in|as) (the |their |its )?metadata
    (<have> )<a> metadata (key |tag )?<a> <item!>
repo:has.description({1})
    <have> <text!> in <a> descriptions?
    (whose |<have> )<a> description( mentions| says| contains| has| mentioning| that says| with| saying)? <a> <text!>(?=$| ¦)
-repo:has.commit.after({1})
    (that |which )?(nobody|no one|noone) (has )?(comm?itted|pushed|touched|worked)( to| in| on| anything)* <time!>
    <have> (no|zero|had no) (commits?|activity|changes)( at all| there)? <time!>
    without (a |any )?(commits?|activity|changes) <time!>
    (that )?(have |has |were )?(not|\w+n't)( been)?( had)? (a |any )?(commits?|changed|touched|updated|active|activity|committed to) <time!>
repo:has.commit.after({1})
    (repos|repositories|projects) <have> (recent |some |any )?(commits?|activity|changes) <time!>
    (repos|repositories|projects) (that )?(were |was |have been |had |have |got )?(changed|touched|updated|active|commits?|comm?itted to|activity) <time!>
-repo:has.path({1}) | repos
    <repos> (without|missing|lacking|(that |which )?(have|has|with) no|(that )?lack|(that )?don't have) <a> <file!>
    <repos> (without|missing|lacking|(that |which )?(have|has|with) no|(that )?lack|(that )?don't have) <a> <word!>
repo:has.path({1}) repo:has.path({2}) | repos
    <repos> <have> (both )?<a> (?=<file>|<word>)<item!>( file)? and <a> (?=<file>|<word>)<item!>
repo:has.file(path:{1} content:{2}) | repos
    <repos> <have> <a> <file!> (that |which )?(<say>|us(es|ing)|pins|requir(es|ing)|has|depends on|lists) <a> <slot!>( in it)?
repo:has.file(path:{2} content:{1}) | repos
    <repos> (<say>|<have>|using|requiring|that (use|require|list|pin|depend on)|depending on) <a> <slot!> in <a> <file!>
repo:has.path({1}) | repos
    <repos> <have> <a> <file!>( files?)?
    <repos> <have> an? <word!>( file)?(?=$|,| ¦| in it| and)
repo:{1} | repos
    <repos> <have> <item!> in <a> names?
    <repos> (called|named|whose names? (contains?|has|starts with|includes?)) <a> <item!>
file:has.owner({1})
    (owned by|belonging to|(that |which )?belongs? to) <a> <items!>( team)?
    (everything|anything|what|which files|files|stuff|whatever) (does |do |that )?<a> <who!>( team)? (owns?|is the owner of)
    (does|do) <a> <who!>( team)? own
-file:has.owner()
    (that )?(has |have )?no(body| one)? (owns?|owners?)|unowned|without (an |any )?owners?|with no owners?
file:has.contributor({1})
    (which |what )?(files )?(did |has |have |does )?<a> <who!>( has| have| ever)? contributed? to
    (with )?contributions (by|from|of) <a> <who!>
""")
_SCOPE = _table(r"""
fork:no
    <no>( in| from| being)?,? <a> (forks|forked( repos?| ones)?)
archived:no
    <no>( in| from| being)?[ -]?<a> archived( ones| <repos>| stuff)?
    unarchived
archived:yes
    (includ(e|ing)|incl|also|even|and|plus|counting)( in)? <a> (archived|archives)( <repos>| ones| code)?( <too>)*
    archived( <repos>| ones| stuff| code)?,?( <too>)+
fork:yes
    (includ(e|ing)|incl|also|even|and|plus|counting)( in)? <a> (forks|forked <repos>)( <too>)*
    (forks?|forked)( <repos>| ones)?,?( <too>)+
archived:only | repos
    <a> archived <repos>(?=<asked>)
archived:only
    (in |only |just |across |inside )*<a> archived( <repos>| ones| code| stuff)?( only| alone)?
fork:only repo:{1}
    (only |just |in )*<a> forks( only)? (of|for) <a> <named!>
    in <a> <named!> forks
fork:only | repos
    (which|what|list)( of)?( the| our)? forks
    <a> forked <repos>(?=<asked>)
fork:only
    (only |just |in |among |inside |across )*<a> (forks|forked <repos>|forked)( only| alone)?
visibility:{1} | repos
    <a> <visibility!> <repos>(?=<asked>)
visibility:{1}
    (only |just |in )*<a> <visibility!>(ly visible)? (<repos>|ones|code)( only)?
    <visibility!> only
case:yes
    case[ -](sensitive(ly)?|matters|exact|as written)
    (exact|match(ing)?|same|right|respect|keep|mind) (the )?(upper |lower )?(case|casing|capitali[sz]ation)
    (the )?(case|casing|capitals?) (matters?|must match|counts|is important|sensitive)
    (in )?(all )?(upper|lower)[ -]?case( only)?|(in )?all[ -]caps|in capitals( only)?|capitals only|with (a )?capital \w
count:{1}
    (the )?(first|top|max|at most|limit(ed)?( it)?( to)?|only|no more than|up to|maximum|just|cap(ped)?( it)? at|stop at|stop after)( of)? <number!>( (results?|hits?|matches|ones|of them))?
    <number!> (results?|hits?|matches|examples)( (max|only|at most|is enough|are enough|please|will do))*
count:all
    (every single|all of the|absolutely (all|every)|each and every|every last)( one)?( results?| hits?| match| occurrence| usage| place)?( of)?
    all (the )?(results|hits|matches)|no (result )?limit|without (a )?limit|unlimited( results)?
select:file.owners
    (who (owns?|are the owners of|is responsible for)|(the )?(code )?owners (of|for|behind))( <a> (files|code|everything)( that| with| which)?)?
select:file.directory
    (which|what|list( the)?|distinct|the) <dir>( that| which)? (?=have|has|contain|hold|with|mention|use|import|call|set|still)
    folders (holding|with)
select:file
    (just |only )?<a> (list of |distinct |unique |just the |only the )+(files?|file ?names|paths)( only)?
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
    (as |like |how )?(the )?(code|it|they|that|things)? ?(was|were|looked|stood|look|looks)( like)?( back)? <time!>
    (the )?(code|state|version|source) (as of |from |back )?<time!>
rev:{1}:{2}
    <in>?both( the)? <item!> and <item!>( branch(es)?)?
rev:*refs/tags/{1}*
    tags (that )?(start|begin)(ing|ning|s)? with <slot!>
rev:{2}|{1}
    <full!>,? (at|@|on) <slot!>
rev:{1}|{2}
    (at|on|branch)? ?<name!> (of|in|from) <full!>
rev:{1}
    <in>?<a> <main!> branch
    <in>?<a> (branch|tag|tagged|revision|commit|rev|release|version|ref) <slot!>
    <in>?<a> (branch|tag|revision|ref) <plain!>
    <in>?<a> <item!> (branch|tag|revision|release branch)
    <in>?<version!>
    <in><main!>(?=$|,| ¦)
""")
_PEOPLE = _table(r"""
-author:{1} type:commit
    <commits>?<no> (by|from|authored by) <a> <whos!>
    that (aren't|isn't|are not) (by|from) <whos!>
    (anyone|everyone|anybody|everybody|people|all) (but|except|other than) <whos!>
    <who!>(['’]s)? (aside|excluded|left out)
committer:{1} type:commit
    committer( is| was)? <a> <who!>
author:{1} type:diff
    <whos!>['’]s? <diffs>
    <diffs>( that were| made)? (by|from) <whos!>
author:{1} type:commit
    <commits>( made| that were| authored| written)? (by|from) <whos!>
    (what|everything|anything|stuff|whatever|things|which commits)( has| did| have| that)? <a> <whos!>( has| have| ever| actually)? <did>( to| on| in)?
    (did|has|have) <who!>( ever)? <did>( to| on| in| anything| something)*
    <whos!>['’]s? (<commits>|work|stuff)
    work( done)? by <whos!>
    (author(ed)?|written|wrote|pushed|made|landed|committed|done)( is|:)?( by)? <word!>
author:{1}
    by <whos!>
""")
_CHANGES = _table(r"""
type:diff select:commit.diff.removed
    (who|when|where|what|which <commits>|diffs?( that)?|<commits>( that)?|<diffs>)( did| was| were| got| has| we| that)* (remov(ed?|ing|es)|delet(ed?|ing|es)|dropp?(ed|ing)?|got rid of|kill(ed)?|ripped out)
    (was|were|got|been|being|gets?) (remov|delet|dropp|kill)ed
    (remov|delet)(ed|ing|als? of)( lines?( with| that contain| containing)?)?
type:diff select:commit.diff.added
    (who|when|where|what|which <commits>|diffs?( that)?|<commits>( that)?|<diffs>)( did| was| were| got| has| we| first| that)* (add(ed|ing|s)?|introduc(ed?|ing|es)|inserted|sneaked in|creat(ed|ing))
    (was|were|got|been|being|gets?)( first)? (add|introduc|insert)ed
    (first )?(newly[ -])?(added|adding|introduced|introducing|additions of)( lines?( with| that contain| containing)?)?
type:diff
    (who|when|what|which <commits>)( has| was| got| did| were| else| last)* (been )?(chang(ed?|ing)|touch(ed)?|wrote|broke|edit(ed)?|modif(y|ied)|updated?)( around| about| in)?
    <a> (<diffs>)( <in>| that touch(ed)?| touching| where| which| to| of| <say>)?
    type:diff
type:commit|{1}
    (with |whose |w/ )?<slot!> in (the|their|its) (commit )?message
type:commit
    commit (messages?|log)( that| which)? (says?|mentions?|mentioning|contain(s|ing)|with|about|including)
    <a> <commits>( (where|which|that|whose)( the)?( message)?( is| are)?)?( <say>)?
    (what|anything|everything|stuff)( has| that)? (landed|happened|changed|merged|went in(to)?|shipped|got me?re?ged|been going on)
""")
_FILES = _table(r"""
-file:{1}
    (but )?<no>( in| from| under| inside| counting| the ones in| anything in| for)*,? <a> (?!test)<path!>( <dir>)?
    (but )?<no>( in| from| under| inside| counting| anything in)*,? <a> <item!> (<dir>|files?|code)
    (but )?<no>( in| from| under| inside| counting| anything in)*,? <a> (?=<extension>|<file>|mocks?|fixtures?|vendor|third_party|node_modules|dist)<item!>( files)?
-file:test
    (but )?<no>( in| from| under| inside| counting| for| the| unit)*[ -]?<a> tests?( files?| code| <dir>)?
-file:vendor/
    (but )?<no>( in| from| under| inside)*,? <a> vendor(ed)?( code| <dir>| stuff)?
-file:generated
    (but )?<no>( in| from| under| inside)*,? <a> generated( code| files| stuff)?
file:^{1}/
    <in>?<a> top[ -]level <item!>( <dir>)?
    <in>?<a> <item!> <dir> (at|in) (the )?(top( level)?|root)
file:{1}/
    <in>?<a> (<name!>|<path!>) <dir>
    <in><a> <item!> <dir>
    (under|inside|below|within) <a> <name!>
    (under|inside|below|within) <a> <item!>(?=$|,| ¦)
file:{1}$
    files? (ending|that end|whose names? ends?) (in|with) <a> <slot!>
file:{1}
    <a> (files?|paths?|filenames?|scripts?|pages?|file ?names?|<dir>)( that are| whose)?( is| are)? (called|named|containing the name) <a> <items!>
    <a> (paths?|file ?names?)( that)? (containing|contain|with|having|including) <a> <items!>( in (it|them))?
    <in><a> <files!>( <dir>| files?)?
    <in>?<a> <path!> <dir>
    <in>?<a> <files!>( files?)?
file:test
    <in>(the )?tests?( files| code)?(?=$|,| ¦)
""")
_WHERE = _table(r"""
repo:{1}/
    <in><a> <named!>['’]s? (repos|repositories|projects|org|organi[sz]ation)
    <in>?<a> <named!> (org|organi[sz]ation)
    <in><a> (org|organi[sz]ation) <named!>
    <word!>['’]s? (repos|repositories|projects)
-repo:{1}
    (but )?<no>( in| from| the ones in)*,? <a> (<full!>|<candidates!>)( itself)?( repos?)?
    (but )?<no>( in| from)*,? <a> <named!> <repos>
repo:{1}
    <in>?(both )?<a> <candidates!><s>( <repos>)?
    <in><a> <items!> <repos>
    <in>?<a> (<dashed!>|<word!>) <repos>
    (?<!which\ )(?<!what\ )<in><a> <repos> <named!>
    <in>?(both )?<a> <full!><s>( <repos>)?
""")
_LANGUAGES = _table(r"""
-lang:{1}
    (but )?<no>( in| from)*,? <a> <langs!>( code| files?| ones| sources?)?
lang:{1}
    <in>?<a> (plain )?<langs!> (code|files?|sources?|stuff|scripts?|services?|source files|side|only|headers|apps?|please|pls)
    (in|lang|language|lang:)( is)? <langs!>(?=$|,| ¦| please| that| with| and| where| only)
    <in>?<sure!>
    <langs!>(?=$|,|:|\?)
    <langs!>(?= <repos>| <kind>| projects| tests?| <diffs>| <commits>)
""")
_SYMBOLS = _table(r"""
{call:1}
    (calls?|calling|call sites?|callers?|invocations?|invokes?|invoking|invoked?)( to| of| for)? <a> (function |method )?<slots!>
    (who|what|where|which \w+)( do| does| is| are| we)* (calls?|invokes?) <a> <slots!>
    <slot!> (calls|invocations|call sites|callers)
|{1}
    (usages?|uses?|users?|references?|imports?|occurrences?|import|using|instantiat\w+)( of| to)? <a> <kind>? ?<slots!>
type:symbol select:symbol.{1}|{2}
    (where|wher|find|which file|in which file)( is|'s| are| was| does| did| do we)* <a> <kind!> <items!>( get| gets| is)? (defined?|declared?|implemented|lives?|located|come from|definition)
    <defs>( of| for)? <a> <kind!>( called| named)? <items!>
    <a> <kind!> (called|named) <items!>
    <a> <kind!> (?=<code>|<word>|<dashed>)<items!>( <defs>)?
    <kind!> (of|for) <code!>
type:symbol select:symbol.{2}|{1}
    <defs>( of| for)? <a> <slot!> <kind!>
    <a> <slot!> <kind!>( <defs>)?(?=$|,| ¦| in| defined)
type:symbol select:symbol.{1}
    (all|every|list|which|what|any)( of)?( the| our)? <kind!>
    ^ ?<kind!>(?= ¦|:)
    , (the |a |an )?<kind!>(?=$|,| ¦)
    <kind!>(?=,?( that| whose| which| with)?( names?)?( that)? (start|begin|end)| (defined|declared))
type:symbol|{1}
    (where|wher|which file|in which file)( is|'s| are| was| does| did| do we| the)* <items!>( get| gets| is| actually)* (defined?|declared?|implemented|definition|declaration)
    <defs>( of| for)? <a> <items!>
    <items!> <defs>
type:symbol
    (where |that |which |is |get |gets |got )*(defined|declared)( where)?|the definition
""")
_NUMBERS = {word: count for count, word in enumerate("zero one two three four five six seven eight nine ten".split())}
_MACROS |= {
    "digits": r"(?:some\s+|a\s+few\s+|more\s+)*(?:digits?|numbers?|a\s+number)",
    "count": "|".join(_NUMBERS) + "|" + _kind("number"),
}
_MACROS |= {
    "starts": r"(?:(?:that|which|whose\s+names?|names?|with\s+names?)\s+)*(?:start|begin)(?:s|ning|ing)?\s+with"
}
_MACROS |= {"ends": r"(?:(?:that|which|whose\s+names?|names?|with\s+names?)\s+)*end(?:s|ing)?\s+(?:in|with)"}
_SHAPES = _table(r"""
/\b{1}\w*{2}\b/
    <starts> <a> <item!>,? (and|but)( also)? <ends> <a> <item!>
    (something |anything )?between <item!> and <item!>
/\b{1}\w+/
    <starts> <a> (word |prefix |letters )?<item!>
    (prefixed (with|by)|(with|having) <a> prefix) <item!>
    <item!>,? (and then|followed by|plus|then) <a> (anything|something|letters|word|name|identifier|whatever|words?|more letters)
/\w+{1}\b/
    <ends> <a> (word |suffix )?<item!>
    (suffixed (with|by)|(with|having) <a> suffix) <item!>
/\b{1}\d{{2}}\b/
    <item!>,? (and then|and|followed by|plus|then|with) (exactly )?<count!> (digits?|numbers?)
/\b{1}\d+\b/
    <item!>,? (and then|and|followed by|plus|then|with) <digits>
/{1}.*{2}/
    <item!>,? (and|followed by|then|and then)?( later| after it| somewhere)?,?( on the same line)?( by)?( a)? <item!> (later )?(on|in) (the same|one) line
    <item!> and (later|after it|then) (on the same line )?(a |an )?<item!>
/\b\d{{1}}\b/
    <count!>[- ]digits? numbers?
/[\w.+-]+@[\w-]+\.[\w.-]+/
    (hard-?coded )?(e-?mail addresse?s?|e-?mails)
/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/
    (hard-?coded )?uuids?( literals?| strings?)?
/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/
    (hard-?coded )?(ipv4|ip|IPv4) addresse?s?
/#[0-9a-f]{6}\b/
    (six[- ]digit )?hex colou?rs?( codes?)?
/https?:\/\/\S+/
    (hard-?coded )?(http )?urls?
""")
_TERMS = "\U000f0000-\U000ffffd"  # one character each for the terms that are made
_TERM = rf"(?:{_ANY}|[{_TERMS}]|{_PLAIN})"
_NOT_TERMS = re.compile(
    rf"(?<![\w-])(?:(?:but|and)\s+)?{_MACROS['no']}\s+(?:{'|'.join(_FILLERS)}|\s)*?({_TERM}(?:{_BETWEEN}{_TERM})*)",
    re.IGNORECASE,
)
_OR = r"(?:\s*,?\s+or\s+|\s*,\s*|\s*/\s*|\s*\|\s*|\s+vs\.?\s+)(?:either\s+|the\s+|an?\s+)?"
_EITHER = re.compile(rf"(?<![\w-]){_TERM}(?:{_OR}{_TERM})+", re.IGNORECASE)
_TOKEN = re.compile(rf"{_ANY}|[{_TERMS}]|[^\s,;!?()\"{_TERMS[0]}-{_TERMS[2]}\ue000-\uf8ff]+")
# Known words that name a candidate stay in front of it.
_NAMING = re.compile(
    rf"(?:(?<=[,:;])|(?<=\sthe)|(?<=\sin)|(?<=\sof)|(?<=\sour)|(?<=\sfrom)|^)(?:\s+{_PLAIN}){{1,2}}\s+(?={_kind('candidate')})"
)
_TYPED = re.compile(r"(?<!\S)-?([A-Za-z]+):(?:\"[^\"]*\"|[^\s\"]+)")
_BLANKS = re.compile(
    r"(?<!\S)[\w./:<>…-]*(?:<\w+>|something|anything|whatever|\.\.\.|…|XXX)[\w./:<>…-]*(?!\S)", re.IGNORECASE
)
_BLANK = re.compile(r"<\w+>|something|anything|whatever|\.\.\.|…|XXX", re.IGNORECASE)
_WANTED = re.compile(
    r"(?<!in )(?<!in the )(?<!our )(?<!the )(?<!from )(?<!of )\b(?:repos|repositories|projects|which repo|what repo)\b"
)
_PART = re.compile(r"[^\s(]*\([^)]*\)|\S+")
_SPLIT = re.compile(rf"{_BETWEEN}|\s*,\s*", re.IGNORECASE)
_PAIRS = _table("""
"{1}: {2}"
    (?=<code>|<word>|<dashed>)<slot!>: <number!>
""")
_ORDER = (_PAIRS, _REPOSITORIES, _SCOPE, _REVISIONS, _LANGUAGES, _FILES, _WHERE, _PEOPLE, _CHANGES, _SYMBOLS, _SHAPES)


def template(text: str) -> str:
    """The template for a reading's text."""
    return _Rules(text).template()


@dataclass
class _Rules:
    """The rules at work on one text: what is left of it, and what was found."""

    text: str
    filters: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)

    def template(self) -> str:
        self.text = _NAMING.sub(" ", self.text)
        self.text = _TYPED.sub(self._typed, self.text)
        self.text = _BLANKS.sub(self._blank, self.text)
        for table in _ORDER:
            for phrase in table:
                self._apply(phrase)
        self._repositories_wanted()
        self._times()
        terms = self._words()
        self._settle(bool(terms))
        return " ".join([*self.filters, *terms]) or " ".join(_TOKEN.findall(self.text))

    def _typed(self, match: re.Match[str]) -> str:
        if match[1].lower() not in CANONICAL_NAME:
            return match[0]
        self._add(match[0])
        return _GAP

    def _blank(self, match: re.Match[str]) -> str:
        if _BLANK.fullmatch(match[0]):
            return match[0]
        pattern = r"\w+".join(re.sub(r"[.\\/()\[\]+*?]", r"\\\g<0>", one) for one in _BLANK.split(match[0]))
        start, end = (r"\b" if side.isalnum() else "" for side in (pattern[0], pattern[-1]))
        return self._term(f"/{start}{pattern}{end}/")

    def _term(self, text: str) -> str:
        """A character that stands for a made term."""
        self.terms.append(text)
        return chr(ord(_TERMS[0]) + len(self.terms) - 1)

    def _apply(self, phrase: _Phrase) -> None:
        for match in list(phrase.pattern.finditer(self.text))[::-1]:
            values = [value for value in match.groups() if value is not None]
            if any(value.lower() in _FILLERS for value in values):
                continue
            kept = phrase.keeps
            for number, value in enumerate(values, 1):
                kept = kept.replace(f"{{{number}}}", value)
            for part in _PART.findall(phrase.gives) if phrase.gives[:1] not in ("/", "{", '"') else ():
                self._give(part, values)
            if phrase.gives.startswith(("/", '"')):
                kept = self._term(self._expression(phrase.gives, values))
            elif phrase.gives.startswith("{"):
                kept = ANY_SLOT.sub(lambda slot: self._term(f"{slot[0]}("), values[0])
            self.text = f"{self.text[: match.start()]}{_GAP}{kept}{_GAP}{self.text[match.end() :]}"

    @staticmethod
    def _expression(gives: str, values: list[str]) -> str:
        for number, value in enumerate(values, 1):
            gives = gives.replace(f"{{{number}}}", str(_NUMBERS.get(value.lower(), value)))
        return gives

    def _give(self, part: str, values: list[str]) -> None:
        """Add a filter with the values in it; several values of one make a group."""
        wanted = re.search(r"\{(\d)\}", part)
        if not wanted:
            self._add(part)
            return
        number = int(wanted[1])
        name = part.partition(":")[0]
        rest = part.replace("{2}", values[1]) if number == 1 and len(values) > 1 else part
        made = [rest.replace(wanted[0], one) for one in _values(name, values[number - 1], "(" in part)]
        if part.startswith("-") or len(made) == 1:
            for one in made:
                self._add(one)
        else:
            self._add(f"({' OR '.join(made)})")

    def _add(self, part: str) -> None:
        if part not in self.filters and not part.endswith("symbol."):
            self.filters.append(part)

    def _has(self, *starts: str) -> bool:
        return any(one.lstrip("(").startswith(starts) for one in self.filters)

    def _repositories_wanted(self) -> None:
        if not self._has("type:", "select:", "author:") and _WANTED.search(self.text):
            self._add("select:repo")

    def _times(self) -> None:
        for time in re.findall(_MACROS["time"], self.text):
            self._add(time)
        self.text = re.sub(_MACROS["time"], _GAP, self.text)

    def _words(self) -> list[str]:
        """The search terms: what must not be there, groups, and the other words that are no fillers."""
        found: list[tuple[int, str]] = []

        def negated(match: re.Match[str]) -> str:
            found.extend((match.start() + 9999, f"NOT {self._written(one, True)}") for one in _SPLIT.split(match[1]))
            return _GAP

        def either(match: re.Match[str]) -> str:
            if not re.search(r"\bor\b|/|\||\bvs\b", match[0], re.IGNORECASE):
                return match[0]
            parts = [self._written(one, True) for one in re.split(_OR, match[0], flags=re.IGNORECASE)]
            return f" {self._term('(' + ' OR '.join(parts) + ')')} "

        self.text = _NOT_TERMS.sub(negated, self.text)
        self.text = _EITHER.sub(either, self.text)
        for match in _TOKEN.finditer(self.text):
            word = match[0].strip("'’.:¦|&-–—…*=+/[]<>@")
            if (
                any(map(str.isalnum, word)) | bool(ANY_SLOT.match(word)) | (word[:1] >= _TERMS[0])
                and word.lower().replace("’", "'") not in _FILLERS
            ):
                found.append((match.start(), self._written(word, False)))
        terms = [text for _, text in sorted(found, key=lambda one: one[0])]
        return list(dict.fromkeys(terms))

    def _written(self, word: str, in_group: bool) -> str:
        if word[:1] >= _TERMS[0]:
            word = self.terms[ord(word[0]) - ord(_TERMS[0])]
        return f'"{word}"' if in_group and word.endswith("(") else word

    def _settle(self, terms: bool) -> None:
        """What filters need of one another."""
        timed = any(re.fullmatch(_MACROS["time"], one) for one in self.filters)
        if (timed or self._has("author:", "-author:", "committer:", "message:")) and not self._has("type:"):
            self._add("type:commit")
        langs = [one for one in self.filters if one.startswith("lang:")]
        if len(langs) > 1:
            self.filters = [one for one in self.filters if one not in langs] + [f"({' OR '.join(langs)})"]
        if self._has("type:diff"):
            self.filters = [one for one in self.filters if one not in ("type:commit", "type:symbol")]
        if self._has("rev:") and not self._has("repo:"):
            self.filters.insert(0, "repo:.*")
        if not terms and not self._has("lang:", "file:", "type:", "(lang:"):
            self.filters = [one for one in self.filters if one != "select:repo"] or self.filters
        if self._has("type:commit", "type:diff"):
            self.filters = [one for one in self.filters if not one.startswith(("select:symbol", "type:symbol"))]


def _values(name: str, text: str, predicate: bool) -> Iterator[str]:
    """The values in a list of them, as the filter ``name`` wants them."""
    for value in filter(None, _SPLIT.split(text)):
        if name.endswith("lang"):
            plain = " ".join(value.lower().split())
            meant = _CALLED.get(plain) or _CALLED.get(plain.rstrip("s")) or nearest(plain) or plain
            yield f'"{meant}"' if " " in meant else meant
        elif name == "select":
            yield _KIND_OF.get(" ".join(value.lower().split()), value)
        elif name.endswith("file"):
            yield _ENDINGS.get(value.lower(), value)
        else:
            yield f'"{value}"' if " " in value and not predicate else value
