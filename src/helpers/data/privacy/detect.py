"""Find the columns that hold personal data: by their values, their names are supporting evidence only."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace

import pandas as pd

from helpers.data.privacy import contact, free_text, national, payment, people, places
from helpers.data.privacy.sample import Opinion, Sample, sampled

DETECTORS = (
    contact.mail,
    payment.iban,
    payment.card,
    national.national_id,
    contact.ip,
    contact.phone,
    places.address,
    people.person_name,
    places.postal_code,
    people.birth_date,
)
KINDS = (
    "mail", "iban", "card", "national id", "ip", "phone", "address", "name", "postal code", "birth date", "free text"
)  # fmt: skip
# Parts of column names, in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish and Russian.
NAMED = {
    "mail": r"mail|correo|courriel|poczt|почт",
    "iban": r"iban|konto|compte|cuenta|conto|rekening|rachun|account|bank",
    "card": r"card|karte|carte|tarjeta|carta|cart[aã]o|kaart|karta|kort|pan$",
    "national id": r"ssn|social.?sec|national.?id|steuer|sozial|nir$|insee|dni|nie$|nif|fiscale"
    r"|cpf|bsn|pesel|personnummer|nino|tax.?id|passport|ausweis|снилс|инн",
    "ip": r"(^|_)ip($|_|addr)|host",
    "phone": r"phone|mobile|cell|tel($|_|e)|handy|móvil|movil|celular|cellulare|komórk|tfn|fax|тел",
    "address": r"addr|adress|anschrift|stra[sß]+e|street|adresse|direcci|domicili|indirizz|endere|adres|calle|rue"
    r"|адрес",
    "name": r"(^|_|\b)(full|first|last|given|family|middle|sur)?_?name($|_|\b)|nachname|vorname|prénom|prenom"
    r"|nom($|_)|apellid|nombre|cognome|nome|achternaam|voornaam|nazwisk|imi[eę]|efternamn|förnamn|фамил|имя"
    r"|customer|client|person|patient|employee",
    "postal code": r"zip|postal|post.?code|plz|postleit|code.?post|c[oó]digo.?post|\bcp\b|cap$|cep$|postnummer"
    r"|kod.?poczt|индекс",
    "birth date": r"birth|born|dob|gebur|geb_|naiss|nacim|nascit|nasc|urodz|geboorte|född|fodsel|рожд",
    "free text": r"comment|note|remark|text|descr|message|bemerk|kommentar|remarque|observ|uwag|opmerk",
}
LEAST = 0.5


@dataclass(frozen=True)
class Finding:
    """A column that seems to hold personal data.

    share       part of its different values that are of the kind
    confidence  0 to 1; below 0.7 only "possible"
    evidence    in words, without any value of the column
    """

    column: str
    kind: str
    share: float
    confidence: float
    evidence: str

    def as_dict(self) -> dict[str, object]:
        """Return the finding as plain JSON."""
        return asdict(self)


def find(table: pd.DataFrame, most: int = 1000) -> list[Finding]:
    """Return the columns (n rows) that seem personal, at most `most` different values of each looked at."""
    samples = [sampled(table[name], most) for name in table.columns]
    opinions = {s.name: _opinion(s) for s in samples}
    sure = {o.kind for o in opinions.values() if o and o.confidence >= 0.7}
    found = []
    for sample in samples:
        opinion = _beside(opinions[sample.name], sure)
        if opinion and opinion.confidence >= LEAST:
            rounded = round(min(opinion.confidence, 0.99), 2)
            found.append(Finding(sample.name, opinion.kind, round(opinion.share, 3), rounded, opinion.why))
    return found


def as_table(found: list[Finding]) -> pd.DataFrame:
    """Return the findings as a table, the surest first."""
    columns = ["column", "kind", "share", "confidence", "evidence"]
    table = pd.DataFrame([f.as_dict() for f in found], columns=columns)
    return table.sort_values("confidence", ascending=False, kind="stable").set_index("column")


def _opinion(sample: Sample) -> Opinion | None:
    """Return the surest opinion about a column; texts are read only where no other kind fits."""
    if not sample.values:
        return None
    opinions = [_named(o, sample.name) for detect in DETECTORS if (o := detect(sample)) and o.share >= 0.3]
    best = max(opinions, key=lambda o: o.confidence, default=None)
    if best and best.confidence >= LEAST:
        return best
    text = free_text.free_text(sample)
    return _named(text, sample.name) if text else best


def _named(opinion: Opinion, name: str) -> Opinion:
    if not re.search(NAMED[opinion.kind], name, re.IGNORECASE):
        return opinion
    confidence = opinion.confidence + 0.35 * (opinion.share > 0.5)
    return replace(opinion, confidence=confidence, why=f"{opinion.why}; its name says so too")


def _beside(opinion: Opinion | None, sure: set[str]) -> Opinion | None:
    """Count columns that surely are personal for those whose values alone leave a doubt."""
    company = sure & {"name", "address", "mail", "phone", "national id"}
    if not opinion or opinion.kind not in ("postal code", "birth date") or len(company) < 2:
        return opinion
    bonus = 0.15 if opinion.confidence >= LEAST else 0.0
    return replace(opinion, confidence=opinion.confidence + bonus)
