"""Times in requests: what is found, what it means, and what is none."""

import re
import time
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlsq.query import check
from nlsq.reading.times import TimePhrase, calendar, sayings, time_phrases, vocabulary

TODAY = date(2026, 3, 12)  # a Thursday

# In each line after..before (and the point where it is another), then requests that mean these, the phrase in brackets.
MEANT = r"""
..1 month ago = commits [before last month]
..1 week ago = commits [older than last week] ; changes [up until last week] ; changes [before last week]
..1 year ago = commits [from over a year ago]
..18 months ago = commits [older than a year and a half] ; changes made [18 months ago or more]
..18 months ago = changes made [18 months ago or earlier]
..2 years ago = commits [at least two years old] ; commits aged [more than 2 years]
..2 years ago = changes [more than a couple of years ago] ; changes [from more than two years back]
..2019-09-01 = changes [prior to late 2019]
..2020-01-01 = commits [before 2020] ; commits [pre 2020] ; commits [older than 2020]
..2020-05-01 = commits [older than 2020-05-01]
..2020-12-31 = commits [until 2020]
..2021-05-01 = changes [before mid-2021]
..2023-12-31 = [2023 or earlier] commits ; changes [by the end of 2023]
..2024-03-01 = commits [pre-march 2024]
..2024-03-31 = commits [up to march 2024] ; commits [before easter 2024]
..2024-07-01 = changes [before q3 2024]
..2024-12-31 = [before new year's eve 2024] ; commits [through the end of 2024]
..2025-02-28 = changes [not later than feb 2025] ; changes [up to and including february 2025]
..2025-06-01 = commits [older than june]
..2025-12-25 = commits [before last christmas]
..2026-01-01 = changes [before this year] ; changes [before the start of this year]
..2026-02-28 = changes [not after february] ; changes [until the end of february]
..2026-03-01 = commits [before this month] ; commits [prior to the 1st of march]
..2026-03-06 = commits [no later than friday] ; changes [til friday] ; changes [until last friday]
..3 years ago = repos last updated [more than 3 years ago]
..6 months ago = commits [more than 6 months ago] ; changes [older than 6mo] ; changes [at least 6 months ago]
..90 days ago = commits [more than 90 days old] ; changes [older than 90d] ; changes [>90 days old]
..today = changes [before today]
..yesterday = commits [before yesterday] ; commits [until yesterday]
1 day ago.. = diffs [of the previous day] ; diffs [of the past day] ; [last day's] commits
1 day ago.. = commits [from the past day or so]
1 hour ago.. = changes [less than an hour ago] ; changes [under an hour old] ; changes [within the last hour]
1 month ago.. = commits [younger than a month] ; [last month's] changes by ana ; [inside the last month]
1 month ago.. = changes made [1mo ago] ; commits de thiago [no último mês]
1 week ago.. = [last-week] commits ; commits [less than a week old] ; commits [under a week old]
1 week ago.. = commits [up to a week old] ; commits [of last week] ; commits [over the past week or so]
1 week ago.. = changes made [1w ago] ; changes made [1 wk ago]
1 year ago.. = commits [from a year ago] ; commits [from about a year ago] ; repos nobody touched [in over a year]
1 year ago.. = repos that haven't been touched [in a year] ; how did the config look [a year ago]
1 year ago.. = [within the last year] ; changes made [1y ago] ; changes made [one year ago]
10 days ago.. = commits [no older than 10 days] ; commits [in the last 10 business days]
10 days ago.. = changes [younger than 10 days]
10 years ago.. = commits [in the past decade]
100 days ago.. = commits [in the last hundred days] ; [100 days back and newer]
12 weeks ago.. = commits [in the last dozen weeks]
18 months ago.. = repos with no commits [in 18 months] ; repos that have had no activity [for a year and a half]
18 months ago.. = commits [of the past year and a half] ; [in the last 12 to 18 months]
18 months ago.. = changes made [a year and a half ago] ; changes made [1.5 years ago]
2 days ago.. = commits [a couple of days back] ; commits [from 2 days ago and newer] ; commits [two days ago]
2 days ago.. = commits [in the last day or two]
2 days ago..yesterday = commits [from the day before yesterday]
2 hours ago.. = changes made [2h ago]
2 weeks ago.. = diffs [from the last couple of weeks] ; commits [newer than 2 weeks] ; commits [a fortnight ago]
2 weeks ago.. = commits [in the last fortnight] ; commits [from 2 weeks ago onward] ; commits [starting 2 weeks ago]
2 weeks ago.. = commits [since 2 weeks] ; commits [since 2 weeks ago]
2 years ago.. = repos untouched [for 2 years] ; repos not updated [in the last 2 years]
2 years ago.. = code as it was [2 years ago]
2010-01-01..2019-12-31 = commits [in the 2010s]
2015-01-01..2015-12-31 = changes [around 2015]
2019-01-01.. = commits [as early as 2019]
2019-01-01..2019-12-31 = repos last touched [in 2019]
2020-01-01..2020-12-31 = auth code [back in 2020] ; changes made [in the year 2020]
2020-06-01..2020-06-30 = changes [circa june 2020]
2021-01-01.. = [post-2020] commits ; commits [post 2020] ; repos stale [since 2021]
2021-06-01..2021-06-02 = [time travel to 2021-06-01]: acme/web
2022-01-01..2023-03-31 = commits [from 2022 through march 2023]
2022-01-01..2024-12-31 = commits [from 2022 to 2024] ; commits [2022-2024] ; commits [between 2022 and 2024]
2022-05-01..2022-08-31 = changes [in the middle of 2022]
2023-04-01.. = repos that went quiet [after march 2023]
2023-05-01.. = commits [from mid-2023 on]
2023-09-01.. = changes [after the summer of 2023]
2023-09-01..2023-11-30 = commits [in fall 2023]
2023-09-01..2023-12-31 @2023-12-31 = state of the repo [at the end of 2023] ; changes [towards the end of 2023]
2024-01-01.. = changes [since the beginning of 2024] ; commits [from 2024 onwards] ; commits [2024 and later]
2024-01-01.. = repos that had commits [after 2023] ; changes [later than 2023] ; changes [since 2024 began]
2024-01-01..2024-01-02 = what did main.go look like [on january 1st 2024] ; commits [around new year 2024]
2024-01-01..2024-04-30 = commits [in early 2024]
2024-01-01..2024-12-31 = commits [in 2024] so far ; [2024's] commits ; [over the course of 2024] ; all [through 2024]
2024-01-03..2024-03-31 = changes [from 01/03/2024 to 31/03/2024]
2024-03-01..2024-03-15 = changes [from march 1st until march 15th 2024]
2024-03-29.. = changes [after the 2024-03-29] incident ; changes [after the 29 march 2024] incident
2024-04-01.. = commits [later than march 2024]
2024-05-01..2024-05-31 = snapshot [of 2024-05] ; commits [dated between 2024-05-01 and 2024-05-31]
2024-06-01.. = changes [newer than 2024-06-01]
2024-06-01..2024-08-31 = commits [in summer 2024]
2024-07-01.. = changes [after h1 2024] ; changes [since the start of q3 2024]
2024-10-01..2024-12-31 = commits [in Q4 '24] ; commits [in Q4'24] ; commits [in Q4-2024] ; commits [in 2024Q4]
2024-10-01..2024-12-31 = commits [in 4Q24]
2024-12-01..2024-12-31 = changes [in the last month of 2024]
2024-12-01..2025-02-28 = commits [in the winter of 2024]
2025-01-01.. = diffs [since 01/2025] ; diffs [since 2025/1] ; changes [since early 2025] ; коммиты [с января 2025]
2025-01-01..2025-01-31 = cambios [en enero de 2025]
2025-01-01..2025-02-28 = commits [in january and february 2025]
2025-01-01..2025-03-31 = commits [zwischen januar und märz 2025]
2025-01-01..2025-04-30 = commits [at the start of 2025] ; the api [at the beginning of last year]
2025-01-01..2025-12-31 = [last year's] commits
2025-01-05.. = diffs [since jan. 5th, 2025]
2025-01-27..2025-02-02 = changes [in week 5 of last year]
2025-02-01.. = changes [on or after feb 1 2025] ; changes [no earlier than feb 1, 2025]
2025-02-01..2025-02-15 = commits [1-15 feb 2025]
2025-02-01..2025-02-28 = changes [in Feb '25] ; changes [in feb. 2025] ; changes [in february, 2025]
2025-02-01..2025-02-28 = changes [february 2025] ; [february 2025] changes ; changes [for february 2025]
2025-02-01..2025-02-28 = changes [dated february 2025] ; changes [through february 2025]
2025-03-01..2025-03-31 = [throughout march 2025]
2025-03-03.. = [since 2025-W10]
2025-03-17..2025-03-23 = changes [in week 12] ; changes [in week 12 of 2025]
2025-05-01.. = diffs [after 5/1] ; diffs [since 5/1]
2025-05-01..2025-05-10 = commits [from the first 10 days of may 2025]
2025-05-01..2025-05-31 = [may] changes by bob ; changes [in the month of may]
2025-06-01.. = repos without commits [since last summer]
2025-06-01..2025-06-30 = [june 2025's] changes
2025-06-01..2025-08-31 = commits [last summer] ; changes [during the summer] ; changes [during summer 2025]
2025-06-01..2025-08-31 = changes [over the summer] ; changes [this summer]
2025-06-02..2025-06-08 = changes [from the week of 2 june]
2025-07-01.. = commits [newer than june 2025] ; changes [after q2]
2025-07-01..2025-09-30 = commits [in q3 of last year]
2025-07-01..2025-12-31 = commits [in h2] ; [second half of last year]
2025-09-01.. = changes [since last fall]
2025-09-01..2025-12-31 @2025-12-31 = commits [at the end of last year]
2025-10-01..2025-12-31 = changes [in the last quarter of last year]
2025-11-01.. = [from november until now] ; [nov 2025 to date] ; has the repo been updated [since last november]
2025-11-01..2025-12-31 = commits [in nov-dec 2025]
2025-11-01..2026-01-31 = commits [nov 2025 - jan 2026] ; [between november and january]
2025-11-01..2026-01-31 = [from november 2025 to january]
2025-11-05..2025-11-06 = what was in the file [on the 5th of november]
2025-11-28..2025-11-29 = [black friday 2025] changes
2025-12-01.. = commits [since dec]
2025-12-25.. = commits [since christmas] ; changes [after christmas]
2025-12-25..2025-12-26 = commits [on christmas day] ; commits [around christmas] ; changes [over christmas]
2025-12-25..2026-01-01 = commits [between christmas and new year]
2025-12-31.. = changes [since the end of last year]
2026-01-01.. = changes [since the beginning of the year] ; changes [since the start of q1]
2026-01-01.. = [year to date] commits by ana ; commits [ytd] ; commits [so far this quarter]
2026-01-01.. = commits [so far this year] ; repos with no activity [this year] ; repos with no commits [this quarter]
2026-01-01..2026-01-31 = [january] commits ; Ana's [january] work ; changes [in the first month of the year]
2026-01-01..2026-02-01 = commits [between 2026-01-01 and 2026-02-01] ; commits [2026-01-01..2026-02-01]
2026-01-01..2026-02-01 = commits [2026-01-01 - 2026-02-01]
2026-01-01..2026-02-28 = [jan/feb] commits ; commits [in jan or feb]
2026-01-01..2026-03-31 = commits [jan-mar] ; [q1's] commits
2026-01-01..2026-06-30 = [first half of this year]
2026-01-05.. = diffs [since Jan 5]
2026-01-11.. = changes [since mid january]
2026-01-26..2026-02-01 = changes [in W05] ; changes [in cw 5]
2026-02-01.. = changes [not before february]
2026-02-01..2026-02-15 = commits [from 1 to 15 february] ; commits [feb 1-15] ; commits [feb 1 - feb 15]
2026-02-01..2026-02-15 = commits [feb 1st through 15th] ; changes [between the 1st and the 15th]
2026-02-03.. = commits [since 20260203]
2026-02-03..2026-02-04 = commits [on 2026-02-03] ; commits [on 3 feb] ; commits [on feb 3rd]
2026-02-03..2026-02-04 = commits [on the 3rd of february] ; commits [on 03.02.2026] ; commits [on 2026/02/03]
2026-02-09..2026-02-15 = commits [from calendar week 7]
2026-02-13..2026-02-14 = commits [on 13/2/2026]
2026-02-19..2026-02-28 @2026-02-28 = changes [at the end of last month]
2026-02-25..2026-02-26 = changes [in feb 25]
2026-02-27.. = commits [since two fridays ago]
2026-03-01.. = repos active [this month] ; [this month's] diffs ; changes [since spring]
2026-03-01.. = changes [since the month began] ; changes [since the beginning of march]
2026-03-01.. = commits von Annegret [seit dem 1. märz 2026]
2026-03-01..2026-03-10 = diffs [in early march] ; changes [at the beginning of this month]
2026-03-01..2026-03-31 = auth code [back in march] ; [march] diffs
2026-03-01..2026-05-31 = commits [this spring]
2026-03-02..2026-03-03 = commits [on 3/2/2026]
2026-03-03..2026-03-04 = commits [on the 3rd] ; commits [on March 3, 2026] ; commits [on Mar. 3, 2026 at 10:30]
2026-03-06.. = commits [more recent than last friday] ; whats new [since I left on friday]
2026-03-06..2026-03-07 = the repo [as of last friday] ; [friday's] commits ; [fridays] commits
2026-03-06..2026-03-07 = [last friday's] merge ; commits [on Fri] by bob
2026-03-07.. = fixes [since the weekend] ; commits [since sat]
2026-03-07..2026-03-08 = commits [over the weekend] ; commits [last weekend] ; [weekend] commits
2026-03-07..2026-03-08 = commits [this weekend] ; [the weekend's] commits
2026-03-09.. = commits [since last monday] ; commits [since monday morning] ; changes [since the start of the week]
2026-03-09.. = [this week's] commits ; commits [earlier this week] ; [from monday on] ; commits [desde el lunes]
2026-03-09.. = tutti i commit di Giulia [da lunedì]
2026-03-09..2026-03-10 = [monday's] deploy ; [monday and tuesday] commits ; commits [on monday or tuesday]
2026-03-09..2026-03-11 = commits [from monday to wednesday]
2026-03-10.. = commits [since tues] ; everything merged [after last tuesday's] release
2026-03-11..2026-03-12 = commits [on wed]
24 hours ago.. = changes made [within the past 24hrs] ; [past 24h] commits ; commits [in the last twenty four hours]
24 hours ago.. = repos with a commit [within the last 24 hours]
3 days ago.. = anything merged [in the past few days] ; commits [no more than 3 days old]
3 days ago.. = commits [from exactly 3 days ago] ; changes made [3d ago] ; commits [vor 3 Tagen]
3 days ago.. = les commits de mathilde [depuis 3 jours] ; commits [há 3 dias] ; commit di [3 giorni fa]
3 minutes ago.. = changes made [a few minutes ago]
3 months ago.. = commits [last quarter] ; commits [in the previous quarter] ; commits [not older than 3 months]
3 months ago.. = commits [some 3 months ago] ; commits [roughly 3 months ago] ; commits [for the last 3 months]
3 months ago.. = [rewind 3 months]: parseConfig in acme/api ; commits [der letzten 3 Monate]
3 weeks ago.. = changes [over the past 3w] ; [in the last 2-3 weeks] ; [in the last 2 or 3 weeks]
3 weeks ago.. = changes [at most 3 weeks ago] ; commits [il y a 3 semaines]
3 weeks ago..1 week ago = commits [between 3 weeks ago and last week] ; commits [from 3 weeks ago until last week]
3 weeks ago..yesterday = commits [from 3 weeks ago until yesterday]
30 days ago.. = changes [last 30d] in src/
30 minutes ago.. = commits [in the last half hour]
4 months ago..3 months ago = commits [3 or 4 months ago] ; commits [3 to 4 months ago]
4 months ago..3 months ago = commits [from 3-4 months ago] ; commits [between 3 and 4 months ago]
48 hours ago.. = [during the last 48 hours]
5 days ago.. = PRs merged [in the past business week] ; commits [in the last 5 working days]
5 minutes ago.. = who changed this file [in the last five minutes] ; changes made [5 min ago] ; changes made [5m ago]
6 months ago.. = who touched auth.go [in the last 6mo] ; repos inactive [for more than 6 months]
6 months ago.. = unmaintained repos, no commits [for half a year] ; the parser [6 months ago]
6 months ago.. = changes [in the last two quarters] ; changes made [half a year ago]
7 days ago.. = [last 7d]
90 days ago.. = commits [in the last ninety days] ; repos idle [for over 90 days] ; repos idle [90+ days]
90 minutes ago.. = commits [in the last hour and a half] ; commits [in the last 1.5 hours]
today.. = what did bob do [this morning] ; changes [since this morning] ; [today's] patches ; commits [today]
today.. = commits [from today] ; commits [since 9am] ; commits [since 9am today] ; commits [since today] at 10:00
yesterday.. = changes [since last night] ; what got merged [overnight] ; commits [yesterday and today]
yesterday.. = what was pushed [last night] ; commits [newer than yesterday]
yesterday.. = commits on main [since yesterday morning] ; commits [after 5pm yesterday] ; commits [seit gestern]
yesterday..today = repo [as of yesterday] ; [yesterday's] diffs ; commits [yesterday]
yesterday..today = changes made [yesterday] by bob ; what broke [yesterday afternoon] ; commits van [gisteren]
"""

NONE = r"""
repositories dead for years ; the way it was before the 2023 rewrite ; commits during the last sprint ;
commits since the last release ; commits since v1.2 ; commits since the rewrite ; commits after the merge ;
commits before the refactor ; commits since commit abc123 ; last commit by bob ; last 10 commits ;
the last time foo changed ; first commit ; diffs in 05.2025 ; starting from next week ; tomorrow's commits ;
commits since now ; commits from now on ; recent commits ; latest commits ; anything from the last 2 sprints ;
commits since we shipped 3.0 ; commits between 9 and 10 am ; changes within the hour ; changes made just now ;
changes made a long time ago ; changes made years ago ; changes made months ago ; changes made days ago ;
changes since forever ; changes since ages ; commits vor 2020 ; timeout of 5 minutes ; 30 day retention ;
cron every hour ; http 500 in 2 places ; version 2024.1.3 of jetbrains ; sat solver ; dec to hex conversion ;
last element of list ; the past participle ; Instant.now usage ; may contain null ; functions that may fail ;
march through the array ; wait a second before retry ; in the second argument ; retry after 30 seconds ;
cache expires after 7 days ; cache that expires in 2 hours ; tokens valid for 24 hours ;
delete sessions older than 30 days ; jwt expiry of 1 hour ; cookies with max age of 2 weeks ;
rate limit of 100 requests per minute ; sleep for 5 seconds ; sleep for 2 hours in tests ;
parse date strings like "2024-01-01" ; days of the week enum ; day of week calculation ; first day of month ;
last day of the month helper ; week of year ; number of days between two dates ; convert seconds to minutes ;
quarter enum ; Month class ; class Today ; function yesterday() ; getLastMonth ; last_week variable ;
lastMonth variable ; what is `last week` used for ; find "since monday" in docs ; message:"last week" type:commit ;
since:yesterday commits ; after:"2 weeks ago" fixes ; repo:foo@2024-01-01 bar ; rev:2024-05 foo ; branch 2024-05 ;
tag 2024-05-01 ; release 2024.05 ; on branch release-2024-05-01 ; the 2023 edition ; copyright 2019 ;
Copyright (c) 2015 Acme ; CVE-2024-3094 ; RFC 3339 timestamps ; ISO 8601 dates ; port 2020 ; http/2 in 2020 lines ;
error 2003 ; year 2038 problem ; y2k bug ; leap year bug ; leap second handling ; summer-intern branch ;
spring boot config ; spring controllers ; fall back to default ; fallback in code ; winter theme ;
half open circuit breaker ; half-float ; first quarter tile ; quarter turn rotation ; friday deploy freeze script ;
monday.com integration ; sun java ; com.sun.misc ; import from sun ; wed crm ; mon exporter ; jan's commits ; by jan ;
author april ; written by june ; commits by may ; who is on call ; noon ; midnight cron job ; midnight theme ;
today view controller ; today widget ; daily report ; weekly digest ; monthly billing ; yearly subscription ;
hourly job ; biweekly payroll ; 24/7 support ; 24h clock format ; 12h format ; 7d aggregation window ; 30d window ;
last 30 seconds of the video ; 5 minute candles ; 15 min interval ; 1 year warranty ; a week in the calendar view ;
calendar week view ; month picker ; date range picker from X to Y ; range from 1 to 10 ; between 1 and 5 ;
ports from 2000 to 3000 ; ids between 1900 and 2100 ; pages 1-15 ; lines 10-20 ; http 200-299 ;
error codes 1990-2010 ; since when is foo used ; how long ago ; time ago formatter ; timeago library ;
"3 days ago" label ; moment().subtract(1, 'week') ; interval '1 day' ; DateTime.now().minusDays(7) ;
setTimeout 2000 ms ; after 2000 ms ; before 2000 lines ; in 2000 files ; before the 3rd argument ;
since the 1st call ; on the 2nd line ; in the 2nd week ; 2nd half of the array ; first half of the file ;
end of the file ; beginning of line ; start of the year calculation ; end of month rollover ; end of day batch ;
late binding ; early return ; mid point ; mid tier ; late fees ; early  ; last ; past ; this ; since ; the ; in ;
between ; between monday ; from ; from to ; until ; as of ; ago ; years ago ; a ; half ; MAY 5 bug ; march 32 ;
feb 30 2024 ; february 29 2023 ; 13/13/2024 ; 2024-13-45 ; 0 days ago ; last 0 weeks ; last 99999999999 years ;
99999-01-01
"""


def meant() -> list[tuple[str, str, str]]:
    """Requests, the phrase in each, and what it means."""
    cases = []
    for line in MEANT.strip().splitlines():
        values, _, marked = line.partition(" = ")
        for one in marked.split(" ; "):
            phrase = re.search(r"\[(.*)\]", one)
            assert phrase
            cases.append((re.sub(r"[\[\]]", "", one), phrase[1], values))
    return cases


def shown(found: TimePhrase) -> str:
    values = f"{found.after or ''}..{found.before or ''}"
    return values if found.point == (found.after or found.before) else f"{values} @{found.point}"


def values_of(request: str, today: date = TODAY) -> list[str]:
    return [shown(found) for found in time_phrases(request, today)]


@pytest.mark.parametrize(("request_", "phrase", "values"), meant())
def test_what_a_phrase_means(request_: str, phrase: str, values: str) -> None:
    assert [(request_[one.start : one.end], shown(one)) for one in time_phrases(request_, TODAY)] == [(phrase, values)]


@pytest.mark.parametrize("request_", [one.strip() for one in re.split(r" ;(?: |$)", NONE.strip().replace("\n", " "))])
def test_what_is_no_time(request_: str) -> None:
    assert values_of(request_) == []


@pytest.mark.parametrize(
    ("request_", "values"),
    [
        ("commits older than six months but newer than a year", ["..6 months ago", "1 year ago.."]),
        ("after 2025-11-15 and before 2025-11-30, oncall commits", ["2025-11-15..", "..2025-11-30"]),
        ("commits by kaito in week 2 of 2025 (jan 6 to 12)", ["2025-01-06..2025-01-12"]),
        ("autumn 2025 commits (sep 22 - dec 20)", ["2025-09-22..2025-12-20"] * 2),
        ("anything in the past 3 quarters (9 months)", ["9 months ago.."]),
        ("added since last year's summer, i mean 1 june 2025", ["2025-06-01.."]),
        ("who touched it since noon... well, in the last 5 hours", ["5 hours ago.."]),
        ("our release was on 2026-02-27, what changed after that", ["2026-02-27.."] * 2),
        ("it broke 20 minutes ago. commits since then", ["20 minutes ago.."] * 2),
        ("ana's commits since she joined, that's 2025-02-17", ["2025-02-17.."]),
        ("commits before the audit (2024-11-30), archived too", ["..2024-11-30"]),
        ("commits since the audit on 9 december 2025", ["2025-12-09.."]),
        ("did he do anything in the two weeks after 5 january 2026", ["2026-01-05..2026-01-19"]),
    ],
)
def test_two_times_in_one_request(request_: str, values: list[str]) -> None:
    assert values_of(request_) == values


@pytest.mark.parametrize(
    ("request_", "values"),
    [
        ('git log --since="3 weeks ago" --author=Klaus', ["3 weeks ago.."]),
        ("git log --until=2022-04-01", ["..2022-04-01"]),
        ('commits since "2025-06-11" by ana', ["2025-06-11.."]),
        ("since:last week author:tuuli", ["1 week ago.."]),
        ("before:2021 type:diff jquery", ["..2021-01-01"]),
        ("after:5 days ago commits on the parser", ["5 days ago.."]),
        ("after:2024-05-01 commits by ana", []),
        ('since:"2 weeks ago" author:ana', []),
        ("author:solveig yesterday", ["yesterday..today"]),
        ("repo:has.commit.after(1 year ago) and lang:go", []),
    ],
)
def test_filters_and_what_is_nearly_one(request_: str, values: list[str]) -> None:
    assert values_of(request_) == values


@pytest.mark.parametrize(
    ("today", "request_", "values"),
    [
        ("2026-03-12", "commits since thursday", "2026-03-12.."),  # today is one
        ("2026-03-12", "commits since last thursday", "2026-03-05.."),
        ("2026-03-14", "commits over the weekend", "2026-03-14..2026-03-15"),
        ("2026-03-14", "commits last weekend", "2026-03-07..2026-03-08"),
        ("2026-01-05", "commits last quarter of last year", "2025-10-01..2025-12-31"),
        ("2024-02-29", "commits in february", "2024-02-01..2024-02-29"),
        ("2025-02-28", "commits since the 30th", "2025-01-30.."),
        ("2025-03-01", "commits on 29 february", "2024-02-29..2024-03-01"),
        ("2026-01-01", "commits this week", "2025-12-29.."),
        ("2026-01-01", "commits in week 52", "2025-12-22..2025-12-28"),
        ("2026-12-31", "q4 commits", "2026-10-01..2026-12-31"),
        ("2026-01-07", "commits from sep 22 to dec 20", "2025-09-22..2025-12-20"),
        ("0001-01-01", "commits in the last 10 years", "10 years ago.."),
        ("9999-12-31", "commits since 2020", "2020-01-01.."),
    ],
)
def test_it_counts_from_the_day(today: str, request_: str, values: str) -> None:
    assert values_of(request_, date.fromisoformat(today)) == [values]


def test_kinds() -> None:
    kinds = [time_phrases(f"commits {phrase}", TODAY)[0].kind for phrase in ("since may", "before may", "in may")]
    assert kinds == ["since", "until", "span"]


def test_easter_and_thanksgiving() -> None:
    assert [calendar.feast(year, "easter") for year in (2000, 2024, 2025, 2038)] == [
        date(2000, 4, 23),
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2038, 4, 25),
    ]
    assert calendar.feast(2025, "black friday") == date(2025, 11, 28)


# ---- any text

PIECES = [
    *vocabulary.WORDS,
    *(" ".join(words) for entries in sayings.SAID_BEFORE.values() for words, _ in entries),
    *(" ".join(words) for entries in sayings.SAID_BEHIND.values() for words, _ in entries),
    *calendar.FEASTS,
    *("2023", "2024-05-01", "3", "12", "31", "(", ")", ",", "commits", "repos", "and", "the", "a", "24h", "1.5", "1/2"),
    *("q3", "h2", "2010s", "90s", "5/12", "w12", "ago", "old", "back", "'24", "2024-05", "14.06.2023", "jan-mar", "0"),
    *(
        "²³",
        "٣",
        "10:30",
        "2024-05-01T08:00:00Z",
        '"',
        "`",
        "'s",
        "x:",
        "since:",
        "İ",
        "ß",
        ">=",
        "<2024",
        "woche",
        "hace",
        "vor",
        "il y a",
    ),
]


@given(
    st.one_of(
        st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join),
        st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
        st.text(max_size=60),
    ),
    st.dates(),
)
@settings(max_examples=400, deadline=None)
def test_phrases_of_any_text(request_: str, today: date) -> None:
    end = 0
    for found in time_phrases(request_, today):
        assert end <= found.start < found.end <= len(request_)
        end = found.end
        assert found.after or found.before
        for value in (found.after, found.before, found.point):
            assert value is None or check(f'type:commit after:"{value}"') == []
        assert check(f"type:commit rev:at.time({found.point}) repo:x") == [] or "T" in found.point


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a ",
            "from ",
            "since the ",
            "last ",
            "'",
            '"',
            'a:" ',
            "1-",
            "jan-",
            "jan to ",
            "between 2 and ",
            "the ",
            "2024 ",
        ),
        *("(", "week of ", "month of ", "end of ", "first half of ", ".", "a year and a half ", "2024-01-01..", "x:a("),
        *(
            '--since="',
            "after '",
            "9",
            "-",
            "last year, 2024, ",
            "i mean ",
            "yesterday and today and ",
            "a's",
            "since:a ",
        ),
        *("monday and tuesday, ", "the last week of the end of ", "woche vor ", "letzte ", "hace 2 ", "2 weeks after "),
    ],
)
def test_hostile_requests_take_no_time(piece: str) -> None:
    request_ = (piece * 2000)[:2000]
    started = time.perf_counter()
    time_phrases(request_, TODAY)
    assert time.perf_counter() - started < 1


def test_every_day_of_four_years_can_be_today() -> None:
    phrases = (
        "last feb, in q1, this quarter, on the 31st, 29 february, last weekend, easter, in winter, in week 53, mid-may"
    )
    for day in range(0, 1462, 13):
        for phrase in phrases.split(", "):
            time_phrases(f"commits {phrase}", TODAY + timedelta(days=day))
