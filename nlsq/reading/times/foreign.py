"""Words of time in other languages, put into English and its order, so that one grammar reads them all.

Only where a word stands that is none of English (``woche``, ``ayer``, ``неделю``): then the short words around it, too.
"""

from nlsq.reading.tables import table_of
from nlsq.reading.times.vocabulary import NUMBER, UNIT, WEEKDAY, WORD, WORDS
from nlsq.reading.times.words import Token

# In each entry an English word (``<last`` may follow its noun, ``>ago`` goes before its length), then the others.
# The words of the second table are words of English or names as well: they do not tell the language.
_GERMAN = (
    "since seit|between zwischen|last letzte letzter letzten letztes letztem vorige voriger vorigen"
    " vergangene vergangenen vergangener|this diese dieser diesen dieses diesem|yesterday gestern|today heute"
    "|week woche wochen|month monat monate monaten monats|year jahr jahre jahren jahres|day tagen|hour stunde stunden"
    "|monday montag|tuesday dienstag|wednesday mittwoch|thursday donnerstag|friday freitag|saturday samstag"
    "|sunday sonntag|january januar|february februar|march märz|may mai|june juni|july juli|october oktober"
    "|december dezember|weekend wochenende",
    "since ab|until bis|after nach|and und|in im|on am|the dem den der die das|a ein eine einem einer|day tag"
    " tage|two zwei|three drei"
    "|four vier|five fünf|six sechs|seven sieben|eight acht|nine neun|ten zehn|>ago vor",
)
_FRENCH = (
    "since depuis|before avant|after après|between entre|today aujourd'hui|week semaine semaines|month mois"
    "|year année années ans|day jour jours|hour heure heures|<last dernier dernière derniers dernières passé passée"
    "|monday lundi|tuesday mardi|wednesday mercredi|thursday jeudi|friday vendredi|saturday samedi|sunday dimanche"
    "|january janvier|february février|april avril|june juin|july juillet|august août|september septembre"
    "|october octobre|november novembre|december décembre",
    "until jusqu'à|and et|in en dans au du|this ce cette cet ces|the le la les|a un une|two deux|three trois"
    "|four quatre"
    "|five cinq|six six|seven sept|eight huit|nine neuf|ten dix|year an|march mars|may mai|from de|yesterday hier",
)
_IBERIAN = (
    "since desde|before antes|after después depois|between entre|yesterday ayer ontem|today hoy hoje|week semana"
    " semanas"
    "|month meses mês|year año años ano anos|day día días|<last pasado pasada pasados pasadas passado passada"
    " último última últimos últimas ultimo ultima ultimos ultimas|monday lunes segunda-feira|tuesday martes terça-feira"
    "|wednesday miércoles quarta-feira|thursday jueves quinta-feira|friday viernes sexta-feira|saturday sábado"
    "|sunday domingo|january enero janeiro|february febrero fevereiro|april abril|may maio|june junio junho"
    "|july julio julho|september septiembre setembro|october octubre outubro|november noviembre novembro"
    "|december diciembre dezembro|>ago hace há",
    "until hasta até|and y e|in en em no na nos nas|this esta este nesta neste|the el la los las o os as|a un"
    " una um uma"
    "|month mes|day dia dias|hour hora horas|two dos dois duas|three tres três|four cuatro quatro|five cinco|six seis"
    "|seven siete sete|eight ocho oito|nine nueve nove|ten diez dez|march marzo março|may mayo|august agosto|of de",
)
_ITALIAN = (
    "before prima|after dopo|yesterday ieri|today oggi|week settimana settimane|month mese mesi|year anno anni"
    "|day giorno giorni|<last scorso scorsa scorsi scorse|last ultimo ultima ultimi ultime|monday lunedì"
    "|tuesday martedì|wednesday mercoledì|thursday giovedì|friday venerdì|saturday sabato|sunday domenica"
    "|january gennaio|february febbraio|may maggio|june giugno|july luglio|september settembre|october ottobre"
    "|december dicembre",
    "since da dal dalla dai|until fino|between tra fra|and e|in nel nella negli nelle|this questo questa"
    "|the il lo la i gli le|a un una|hour ora ore|two due|three tre|four quattro|five cinque|six sei|seven sette"
    "|eight otto|nine nove|ten dieci|march marzo|april aprile|august agosto|november novembre|ago fa",
)
_DUTCH = (
    "since sinds|between tussen|yesterday gisteren|today vandaag|week weken|month maand maanden|year jaar jaren"
    "|day dagen|last afgelopen vorige|this deze|ago geleden|monday maandag|tuesday dinsdag|wednesday woensdag"
    "|thursday donderdag|friday vrijdag|saturday zaterdag|sunday zondag|january januari|february februari|march maart"
    "|august augustus",
    "before voor|after na|until tot|and en|on op|the de het|this dit|last laatste|a een|day dag|hour uur uren|two twee"
    "|three drie|may mei|four vier|five vijf|six zes|seven zeven|eight acht|nine negen|ten tien|june juni|july juli"
    "|october oktober",
)
_POLISH = (
    "yesterday wczoraj|today dziś dzisiaj|last zeszły zeszłym zeszłego zeszłej ostatni ostatnim ostatnich ostatniego"
    " ostatniej ostatnie poprzednim|week tydzień tygodniu tygodnia tygodni tygodnie|month miesiąc miesiącu"
    " miesiąca miesięcy"
    " miesiące|day dzień dnia|monday poniedziałek poniedziałku|tuesday wtorek wtorku"
    "|wednesday środa środę środy|thursday czwartek czwartku|friday piątek piątku|saturday soboty sobotę"
    "|sunday niedzieli niedzielę|january stycznia styczniu|february lutego lutym|march marca marcu|april kwietnia"
    " kwietniu|june czerwca czerwcu|july lipca lipcu|august sierpnia sierpniu|september września wrześniu"
    "|october października październiku|november listopada listopadzie|december grudnia grudniu",
    "since od|after po|until do|in w we|this ten tym tego tej|from z ze|year rok roku lat lata|day dni|hour"
    " godzin godziny"
    "|may maja maju|two dwa dwóch|three trzy trzech|four cztery|five pięć pięciu|ago temu|>ago przed",
)
_RUSSIAN = (
    "yesterday вчера|today сегодня|last последнюю последний последние последних последнего прошлую прошлой прошлый"
    " прошлом прошлого|week неделю неделе недели недель|month месяц месяца месяцев месяце|year год года году лет"
    "|day день дня дней|hour час часа часов|ago назад|this этой эту этом этот|monday понедельник понедельника"
    "|tuesday вторник вторника|wednesday среды среду|thursday четверг четверга|friday пятницы пятницу"
    "|saturday субботы субботу|sunday воскресенья|january января январе|february февраля феврале|march марта марте"
    "|april апреля апреле|may мая мае|june июня июне|july июля июле|august августа августе|september сентября"
    " сентябре|october октября октябре|november ноября ноябре|december декабря декабре",
    "since с со|before до|after после|in в во за|and и|two два две|three три|four четыре|five пять",
)
_LANGUAGES = (_GERMAN, _FRENCH, _IBERIAN, _ITALIAN, _DUTCH, _POLISH, _RUSSIAN)


def _table(lines: str) -> dict[str, str]:
    rows = (table_of(line) for line in lines.split("|"))
    return {word: row[0] for row in rows for word in row[1:]}


_TELLING = [_table(language[0]) for language in _LANGUAGES]
_TABLES = [_table(language[1]) | telling for language, telling in zip(_LANGUAGES, _TELLING, strict=True)]
_LANGUAGE = {word: number for number, table in reversed(list(enumerate(_TELLING))) for word in table}


def in_english(tokens: list[Token]) -> list[Token]:
    """The words with those of time in English, where they are of another language."""
    language = next((_LANGUAGE[token.text] for token in tokens if token.text in _LANGUAGE), None)
    if language is None:
        return tokens
    table = _TABLES[language]
    found = [_translated(token, table) for token in tokens]
    for place in range(len(found)):
        _reorder(found, place)
    return [token._replace(text=token.text.lstrip("<>")) for token in found]


def _translated(token: Token, table: dict[str, str]) -> Token:
    word = table.get(token.text)
    if word is None:
        # The first of March is 1. März.
        return token._replace(closing="") if token.kind == NUMBER and token.closing == "." else token
    kind, text, value = WORDS.get(word, (WORD, word, None))
    return token._replace(kind=kind, text=text, value=value)


def _reorder(found: list[Token], place: int) -> None:
    """Brings the words from ``place`` on into English order; each then lies where all of them lie."""
    texts = [token.text for token in found[place : place + 3]]
    kinds = [token.kind for token in found[place : place + 3]]
    if texts[0] in ("<last", "last") and place and found[place - 1].kind in (UNIT, WEEKDAY, NUMBER):
        _swap(found, place - 1, [1, 0])
    elif texts[0] == ">ago" and len(texts) == 3 and kinds[2] == UNIT and (kinds[1] == NUMBER or texts[1] == "a"):
        found[place] = found[place]._replace(text="ago")
        _swap(found, place, [1, 2, 0])
    elif texts[0] == ">ago":
        found[place] = found[place]._replace(text="before")
    elif texts == ["il", "y", "a"] and len(found) > place + 4 and found[place + 4].kind == UNIT:
        found[place + 2] = found[place + 2]._replace(text="ago", start=found[place].start)
        _swap(found, place + 2, [1, 2, 0])


def _swap(found: list[Token], place: int, order: list[int]) -> None:
    part = found[place : place + len(order)]
    if any(token.closing for token in part[:-1]) or any(token.opening for token in part[1:]):
        return
    start, end = part[0].start, part[-1].end
    for number, source in enumerate(order):
        found[place + number] = part[source]._replace(
            start=start,
            end=end,
            opening=part[0].opening if number == 0 else "",
            closing=part[-1].closing if number == len(order) - 1 else "",
        )
