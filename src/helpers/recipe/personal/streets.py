"""What tells that a text is an address: words for streets in a dozen languages, and where the house number stands."""

from __future__ import annotations

import re

_W = r"[^\W\d_][\w'’.\-]*"  # a word
_CAP = r"(?-i:[A-ZÀ-ÖØ-ÞŁŚŻŹĆ])[\w'’\-]*"  # one that begins with a capital
_PLACE = r"(?-i:[A-ZÀ-ÖØ-ÞŁŚŻŹĆ])[^\W\d_]+"
_NUMBER = r"\d{1,5}\s?(?:[a-z](?![\w]))?(?:\s?[/\-]\s?\d{1,4}[a-z]?)?"

# Suffixes of streets as the US Postal Service lists them (Publication 28, Appendix C1), the common short forms too.
_ENGLISH = """
alley ally annex arcade avenue ave av bayou beach bend bluff bluffs bottom boulevard blvd branch bridge
brook brooks burg burgs bypass camp canyon cape causeway center centre centers circle circles cir cliff
cliffs close club common commons corner corners course court courts ct cove coves creek crescent crest
crossing crossroad curve dale dam divide drive drives dr estate estates expressway extension extensions fall
falls ferry field fields flat flats ford fords forest forge forges fork forks fort freeway garden gardens
gateway glen glens green greens grove groves harbor harbors haven heights highway hwy hill hills hollow
inlet island islands isle junction junctions key keys knoll knolls lake lakes land landing lane ln light
lights loaf lock locks lodge loop mall manor manors meadow meadows mews mill mills mission motorway mount
mountain mountains neck orchard oval overpass park parks parkway pkwy parkways pass passage path pike pine
pines place pl plain plains plaza point points port ports prairie radial ramp ranch rapid rapids rest ridge
ridges river road roads rd route row rue run shoal shoals shore shores skyway spring springs spur spurs
square squares sq station stravenue stream street streets st summit terrace ter throughway trace track
trafficway trail tr trailer tunnel turnpike underpass union unions valley valleys via viaduct view views
village villages ville vista walk walks wall way ways well wells
"""
# Words that stand before the name of a street: French, Spanish, Catalan, Italian, Portuguese, Polish, Czech, Russian.
_BEFORE = """
rue avenue av boulevard bd blvd chemin place allée allee impasse quai cours route ruelle square passage
calle c/ c. avenida avda avda. av. paseo plaza pza carrer camino callejón callejon pasaje glorieta alameda
acceso cañada canada cuesta rambla ronda vial via urbanización urbanizacion travesía travesia viale piazza
piazzale vicolo corso contrada borgo strada stretto incrocio rotonda canale largo lungomare rua travessa
praça praca estrada beco viela rodovia ul. ul ulica aleja aleje al. al plac pl. os. osiedle ulice náměstí
ул. улица пр. проспект пер. бул. ш. наб.
"""
# Endings of one-word streets: German, Dutch, Nordic.
_ENDINGS = (
    "straße strasse str str. weg platz allee gasse ring damm ufer steig stieg chaussee markt pfad berg park hof "
    "straat laan plein gracht kade dijk steeg baan singel pad dreef weg hof poort "
    "gatan vägen gata vegen veien vej gade gränd stigen torget katu tie polku utca"
)


def _any(words: str) -> str:
    return "|".join(sorted(map(re.escape, set(words.split())), key=len, reverse=True))


_FLAT = "apt|suite|ste|unit|no|nr|n|app|apartado|piso|puerta|flat|studio|appartamento"
_TAIL = rf"(?:,?\s+(?:{_FLAT})\b\.?\s?#?\s?[\w]{{1,5}})?"
_PLACES = rf"{_PLACE}(?:[ \-]{_PLACE}){{0,2}}"
_TOWN = (
    r"(?:\s*[,\n]\s*(?:[A-Z]{1,2}[\s\-]?)?\d{2,6}(?:[\-\s]\d{2,4})?(?:\s?[A-Z]{2}\b)?"
    rf"\s+{_PLACES}(?!\w))?"
)
_TOWN_US = rf"(?:\s*[,\n]\s*{_PLACES},?\s+[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?)?"
_FIRST = r"(?<!\w)\d{1,4}(?:\s?(?:bis|ter|[a-z]))?,?\s+"  # a house number before the street
_LAST = rf",?\s+(?:n[°º]?\.?\s?)?{_NUMBER}"  # and one behind it

STREETS = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"(?<![\w.])\d{{1,6}}[a-z]?\s+(?:{_CAP}\s+){{1,4}}(?:{_any(_ENGLISH)})\b\.?{_TAIL}{_TOWN_US}{_TOWN}",
        rf"{_FIRST}(?:{_any(_BEFORE)})\s+(?:{_W}[\s\-]?){{1,5}}{_TOWN}",
        rf"(?<!\w)(?:{_any(_BEFORE)})\s+(?:{_W}\s+){{0,5}}?{_W}{_LAST}{_TAIL}{_TOWN}",
        rf"(?<!\w)(?:{_CAP}[ \-]){{0,3}}[^\W\d_][\w.'’\-]*(?:{_any(_ENDINGS)})\s+{_NUMBER}(?!\w){_TOWN}",
        rf"(?<!\w)(?:{_CAP}[ \-]){{1,3}}(?:{_any(_ENDINGS)})\s+{_NUMBER}(?!\w){_TOWN}",
    )
]
POST_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|postfach|postbus|apartado|casella postale|boîte postale|bp)\s+\d{1,6}\b", re.I
)
