"""The metadata catalogue of what was ingested, as Croissant 1.1 with provenance in the terms of W3C PROV.

Croissant: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html; PROV-O: https://www.w3.org/TR/prov-o/.
It tells of tables and columns and holds no value of any row.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.data.beside import Beside
from helpers.data.lookup import kind_of
from helpers.data.table import Table
from helpers.secrets import without_secret
from helpers.sheets import file_and_sheet

VERSION = "http://mlcommons.org/croissant/1.1"
TYPES = {"integer": "sc:Integer", "float": "sc:Float", "boolean": "sc:Boolean", "date": "sc:DateTime"}
FORMATS = {
    ".csv": "text/csv", ".txt": "text/csv", ".dat": "text/csv", ".tsv": "text/tab-separated-values",
    ".json": "application/json", ".jsonl": "application/jsonlines", ".ndjson": "application/jsonlines",
    ".parquet": "application/vnd.apache.parquet", ".pq": "application/vnd.apache.parquet",
    ".feather": "application/vnd.apache.arrow.file", ".arrow": "application/vnd.apache.arrow.file",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroenabled.12", ".gz": "application/gzip", ".zip": "application/zip",
    ".bz2": "application/x-bzip2", ".xz": "application/x-xz", ".zst": "application/zstd",
}  # fmt: skip
LICENCES = {
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc by 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "cc by-sa 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "mit": "https://spdx.org/licenses/MIT.html",
    "apache 2.0": "https://spdx.org/licenses/Apache-2.0.html",
    "odbl": "https://opendatacommons.org/licenses/odbl/1-0/",
    "pddl": "https://opendatacommons.org/licenses/pddl/1-0/",
}
NOT_STATED = "not stated"
CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "arrayShape": "cr:arrayShape", "citeAs": "cr:citeAs",
    "column": "cr:column", "conformsTo": "dct:conformsTo", "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"}, "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isArray": "cr:isArray", "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "name": {"@container": "@language"},
    "parentField": "cr:parentField", "path": "cr:path", "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/", "recordSet": "cr:recordSet", "references": "cr:references",
    "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace", "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform", "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip


@dataclass(frozen=True)
class Ingested:
    """A table that was ingested.

    name    of the table, as people call it
    source  file, glob or URL, without a secret; query that was asked, if any
    record  of its original: sha256, bytes, retrieved, modified, files [{name, bytes, sha256}], owner, rights
    rows    how many; kinds of all columns in their order
    owner   who owns the data, where that is not who owns its file; aliases that people know it by
    """

    name: str
    source: str
    record: Mapping[str, Any]
    rows: int
    kinds: Mapping[str, str]
    query: str | None = None
    origin: str | None = None
    licence: str | None = None
    owner: str | None = None
    aliases: Sequence[str] = field(default_factory=tuple)


def croissant(tables: Sequence[Ingested]) -> dict[str, Any]:
    """Return the catalogue of a data set: its first table, and those that were joined to it."""
    main = tables[0]
    files = [f for one in tables for f in _distribution(one)]
    times = [str(one.record["retrieved"]) for one in tables]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": main.name,
        "description": f"{main.rows:,} rows and {len(main.kinds):,} columns from {main.source}"
        + (f", joined with {', '.join(one.name for one in tables[1:])}" if tables[1:] else ""),
        "alternateName": _aliases(main),
        "license": _licence(main.licence),
        "citeAs": main.origin or main.source,
        "version": f"1.0.0+{main.record['sha256'][:12]}",
        "datePublished": main.record["modified"],
        "dateModified": main.record["modified"],
        "dateCreated": max(times),
        "distribution": files,
        "recordSet": [_record_set(one) for one in tables],
        "prov:wasDerivedFrom": [{"@id": f["@id"]} for f in files if "sha256" in f],
        "prov:wasGeneratedBy": _activity(tables, max(times), [f["@id"] for f in files if "sha256" in f]),
        "prov:wasAttributedTo": {"@type": "prov:Agent", "name": main.origin or NOT_STATED},
        "prov:generatedAtTime": {"@type": "xsd:dateTime", "@value": max(times)},
    }


def ingested(
    name: str,
    source: str,
    record: Mapping[str, Any],
    seen: Mapping[str, Any],
    types: Mapping[str, str],
    beside: Sequence[Beside] = (),
    **more: Any,
) -> list[Ingested]:
    """Return the table that was ingested and those that were joined to it.

    seen is what `first_look` told of the table; types are kinds that are known better by now; more may hold query,
    origin, licence, owner and aliases.
    """
    kinds = {column: types.get(column, kind) for column, kind in seen["kinds"].items()}
    tables = [Ingested(name, without_secret(source), record, seen["rows"], kinds, **more)]
    for join, one in {one.join.table: one for one in beside}.items():
        rows = (
            one.content.num_rows
            if isinstance(one.content, pa.Table)
            else pq.read_metadata(one.content).num_rows
        )
        tables.append(Ingested(one.join.stem, without_secret(join), one.record, rows, one.kinds))
    return tables


def first_look(table: Table) -> dict[str, Any]:
    """Return the rows and columns that a table has as it comes, the columns with their kinds as they are stored."""
    stored = pq.read_schema(table.path)
    return {"rows": len(table), "kinds": {name: kind_of(stored.field(name).type) for name in table.columns}}


def overview(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row a table of a catalogue: name, rows, columns, bytes, format, source, owner, rights, times …."""
    files = {f["@id"]: f for f in document["distribution"]}
    rows = []
    for part in document["recordSet"]:
        mine = [files[f["@id"]] for f in part["prov:wasDerivedFrom"]]
        rows.append({
            "name": part["name"], "rows": part["size"]["value"], "columns": len(part["field"]),
            "bytes": sum(int(f["contentSize"].split()[0]) for f in mine), "format": mine[0]["encodingFormat"][-1],
            "source": part["isBasedOn"], "licence": part["license"], "owner": mine[0].get("dct:rightsHolder"),
            "rights": mine[0].get("dct:accessRights"), "modified": mine[0]["dateModified"],
            "retrieved": mine[0]["prov:generatedAtTime"]["@value"], "sha256": part["identifier"],
            "aliases": part.get("alternateName", []),
        })  # fmt: skip
    return rows


def schema(document: Mapping[str, Any], name: str) -> list[dict[str, str]]:
    """Return one row a column of a table: its name and type."""
    part = next(p for p in document["recordSet"] if p["name"] == name)
    return [{"column": f["name"], "type": f["dataType"].removeprefix("sc:")} for f in part["field"]]


def shown(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return the catalogue as a table to look at, a row a table."""
    from helpers.report.text import size

    rows = [
        {
            "table": r["name"], "rows": f"{r['rows']:,}", "columns": r["columns"], "size": size(r["bytes"]),
            "format": r["format"].rpartition("/")[2], "also known as": ", ".join(r["aliases"]), "licence": r["licence"],
        }
        for r in overview(document)
    ]  # fmt: skip
    return pd.DataFrame(rows).set_index("table")


def access(document: Mapping[str, Any]) -> str:
    """Return in Markdown who owns each table, who may read it, and when it was last modified."""
    from helpers.report.text import md

    return "\n".join(
        f"- {md(r['name'])}: owner {md(r['owner'] or NOT_STATED)}, rights {md(r['rights'] or NOT_STATED)}, "
        f"last modified {r['modified']}"
        for r in overview(document)
    )


def shown_schema(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return the columns of the main table by type."""
    from helpers.report.text import names

    name = document["recordSet"][0]["name"]
    grouped = pd.DataFrame(schema(document, name)).groupby("type")["column"]
    return pd.DataFrame(
        {"columns": grouped.size(), "names": grouped.agg(lambda of: names(list(of), "catalog.json"))}
    )


def _distribution(one: Ingested) -> list[dict[str, Any]]:
    """Return a FileObject for every file of the original, and a FileSet of them where there are several."""
    made: list[dict[str, Any]] = []
    for file in one.record["files"]:
        about = {
            "@type": ["cr:FileObject", "prov:Entity"],
            "@id": _file_id(one, file["name"]),
            "name": file["name"],
            "contentUrl": _url(one, file["name"]),
            "contentSize": f"{file['bytes']} B",
            "encodingFormat": _formats(file["name"]),
            "sha256": file["sha256"],
            "dateModified": one.record["modified"],
            "prov:generatedAtTime": {"@type": "xsd:dateTime", "@value": one.record["retrieved"]},
            "dct:rightsHolder": one.owner or one.record.get("owner"),
            "dct:accessRights": one.record.get("rights"),
        }
        made.append({k: v for k, v in about.items() if v is not None})
    if len(made) > 1:
        all_of_them = {"@type": "cr:FileSet", "@id": f"{_id(one.name)}/files", "name": one.source}
        made.append(all_of_them | {"encodingFormat": made[0]["encodingFormat"], "includes": one.source})
    return made


def _record_set(one: Ingested) -> dict[str, Any]:
    files = [{"@id": _file_id(one, f["name"])} for f in one.record["files"]]
    made = {
        "@type": "cr:RecordSet",
        "@id": _id(one.name),
        "name": one.name,
        "identifier": one.record["sha256"],
        "isBasedOn": one.source,
        "license": _licence(one.licence),
        "size": {"@type": "QuantitativeValue", "value": one.rows, "unitText": "rows"},
        "alternateName": _aliases(one),
        "prov:wasDerivedFrom": files,
        "field": [_field(one, column, kind) for column, kind in one.kinds.items()],
    }
    return made | ({"prov:value": one.query} if one.query else {})


def _field(one: Ingested, column: str, kind: str) -> dict[str, Any]:
    names = [file["name"] for file in one.record["files"]]
    source = {"fileObject": {"@id": _file_id(one, names[0])}, "extract": {"column": column}}
    if len(names) > 1:
        source = {"fileSet": {"@id": f"{_id(one.name)}/files"}, "extract": {"column": column}}
    return {
        "@type": "cr:Field",
        "@id": f"{_id(one.name)}/{_id(column)}",
        "name": column,
        "dataType": TYPES.get(kind, "sc:Text"),
        "source": source,
    }


def _activity(tables: Sequence[Ingested], when: str, files: Sequence[str]) -> dict[str, Any]:
    """Return how the rows came about: what was used, by which program, until when."""
    program = f"ml-workbench {importlib.metadata.version('ml-workbench')}"
    joined = f" and joins of {len(tables) - 1} more" if tables[1:] else ""
    return {
        "@type": "prov:Activity",
        "@id": f"{_id(tables[0].name)}/ingest",
        "name": f"copy of the original{joined}",
        "prov:used": [{"@id": file} for file in files],
        "prov:endedAtTime": {"@type": "xsd:dateTime", "@value": when},
        "prov:wasAssociatedWith": {"@type": "prov:SoftwareAgent", "name": program},
    }


def _aliases(one: Ingested) -> list[str]:
    """Return the other names that people may know a table by: those given, file, stem, table of a database."""
    names = [f["name"] for f in one.record["files"]] if "://" not in one.source else []
    asked = re.search(r"[?&]table=([^&#]+)", one.source)
    stems = [PurePosixPath(n).name.partition(".")[0] for n in names]
    return list(
        dict.fromkeys(
            n for n in [*one.aliases, *names, *stems, *([asked[1]] if asked else [])] if n != one.name
        )
    )


def _url(one: Ingested, name: str) -> str:
    """Return where a file is: the URL of the source, the path of the one file, or its name beside others."""
    if "://" in one.source:
        return quote(one.source, safe="/:?&=@%+,;~$!*()[]")
    return file_and_sheet(one.source)[0] if len(one.record["files"]) == 1 else name


def _formats(name: str) -> list[str]:
    """Return the media types of a file, that of the packing first."""
    suffixes = [s.lower() for s in PurePosixPath(name).suffixes]
    found = [FORMATS[s] for s in reversed(suffixes) if s in FORMATS]
    return found or ["application/octet-stream"]


def _licence(text: str | None) -> str:
    return LICENCES.get((text or "").strip().lower(), text or NOT_STATED)


def _file_id(one: Ingested, name: str) -> str:
    return f"{_id(one.name)}/files/{quote(name, safe='')}"


def _id(name: str) -> str:
    return quote(name, safe="")
