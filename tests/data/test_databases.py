"""Real databases: what was written into PostgreSQL, MariaDB and SQLite is what is read."""

import datetime
import decimal
import sqlite3
import time
import uuid
from urllib.parse import quote

import duckdb
import pytest
import sqlalchemy as sa

from helpers.data import ingest
from helpers.data.kinds import typed
from helpers.data.sources import open_source
from helpers.data.table import frame_of
from helpers.errors import BadInput

SERVERS = {
    "postgresql": ("postgresql://root@127.0.0.1:5432/test", "postgresql+psycopg://root@127.0.0.1:5432/test"),
    "mariadb": (
        "mariadb://root@127.0.0.1:3306/test",
        "mysql+pymysql://root@127.0.0.1:3306/test?charset=utf8mb4",
    ),
}
D = decimal.Decimal
HOSTILE = [
    'a"b',
    "it's",
    "x;DROP TABLE y",
    "100% sure",
    ":name",
    "two  words",
    "Ünïcode",
    "select",
    "a.b,c",
    "q?r=s&t",
]
ROWS = [
    (3, "007", 2**53 + 1, 2**63 - 1, D("12345678901234.5678901234"), datetime.date(2020, 2, 29), 0.1),
    (1, "NA", None, -(2**63), None, None, None),
    (2, None, -5, 0, D("-0.0000000001"), datetime.date(9999, 12, 31), -1e300),
    (4, 'it\'s "é"; DROP\n', 7, 1, D("3"), datetime.date(1066, 10, 14), 1e-12),
]
MOMENT = datetime.datetime(2021, 3, 4, 5, 6, 7)


def read_database(url, query=None):
    """What a database gives, as pandas has it."""
    return frame_of(open_source(url, query).read().read_all())


def original(url, query, folder):
    """The table that ingest makes of a database, and the record of its snapshot."""
    (folder / "temporary").mkdir(exist_ok=True)
    table, record = ingest.original(open_source(url, query), folder / "originals", folder / "temporary")
    return table.frame(), record


class Server:
    """A database to write to by SQLAlchemy, and its URL as a person writes it."""

    def __init__(self, kind, url, engine):
        self.kind, self.url, self.engine, self.made = kind, url, engine, []

    def table(self, rows, *columns, name=None):
        name = f"t_{uuid.uuid4().hex[:12]}{name or ''}"
        table = sa.Table(name, sa.MetaData(), *columns)
        table.create(self.engine)
        self.made.append(table)
        if rows:
            with self.engine.begin() as connection:
                connection.execute(table.insert(), rows)
        return name

    def run(self, sql):
        with self.engine.begin() as connection:
            connection.execute(sa.text(sql))

    def read(self, name=None, query=None):
        return read_database(self.url + (f"?table={quote(name, safe='')}" if name else ""), query)


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def server(request, tmp_path):
    if request.param == "sqlite":
        (tmp_path / "file.db").touch()
        url = inside = f"sqlite:///{tmp_path}/file.db"
    else:
        url, inside = SERVERS[request.param]
    engine = sa.create_engine(inside)
    try:
        engine.connect().close()
    except sa.exc.OperationalError:
        pytest.skip(f"no {request.param} server answers")
    made = Server(request.param, url, engine)
    yield made
    for table in made.made:
        table.drop(engine, checkfirst=True)
    engine.dispose()


def written(server, rows=ROWS):
    names = ["key", "text", "whole", "full", "exact", "day", "x"]
    # SQLite has no decimals of its own: they would be floats there
    exact = sa.String(40) if server.kind == "sqlite" else sa.Numeric(30, 10)
    kinds = [sa.Integer, sa.String(40), sa.BigInteger, sa.BigInteger, exact, sa.Date, sa.Float(53)]
    columns = [sa.Column(n, k, primary_key=n == "key") for n, k in zip(names, kinds, strict=True)]
    as_it_is = [
        [str(v) if server.kind == "sqlite" and isinstance(v, D) else v for v in row] for row in sorted(rows)
    ]
    return server.table([dict(zip(names, row, strict=True)) for row in as_it_is[::-1]], *columns), as_it_is


def values(frame):
    objects = frame.astype(object)
    return objects.where(objects.notna(), None).to_numpy(object).tolist()


def test_a_table_read_is_the_table_written_in_order_of_its_key(server):
    name, rows = written(server)
    frame = server.read(name)
    assert values(frame) == rows
    assert list(frame.columns) == ["key", "text", "whole", "full", "exact", "day", "x"]


def test_the_copy_that_is_kept_holds_the_same_values(server, tmp_path):
    name, rows = written(server)
    frame, record = original(f"{server.url}?table={name}", None, tmp_path)
    assert values(frame) == rows
    assert [f["name"] for f in record["files"]] == ["snapshot.parquet"]


def test_kinds_of_database_columns_lose_no_whole_number_and_no_date(server):
    name, rows = written(server)
    frame, kinds = typed(server.read(name))
    del kinds["exact"]
    expected = {"key": "integer", "text": "category", "whole": "integer", "full": "integer", "day": "date"}
    assert kinds == expected | {"x": "float"}
    assert [None if v is None else int(v) for v in values(frame[["whole"]].astype(object)) for v in v] == [
        row[2] for row in rows
    ]
    assert frame["full"].tolist() == [row[3] for row in rows]
    days = frame["day"].astype("datetime64[s]").astype(object)
    assert [str(d)[:10] for d, row in zip(days, rows, strict=True) if row[5]] == [
        row[5].isoformat() for row in rows if row[5]
    ]


def test_a_moment_a_boolean_and_a_missing_one_of_each_are_kept(server):
    columns = [
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime),
        sa.Column("flag", sa.Boolean),
    ]
    rows = [
        {"key": 1, "at": MOMENT, "flag": True},
        {"key": 2, "at": None, "flag": None},
        {"key": 3, "at": MOMENT, "flag": False},
    ]
    found = values(server.read(server.table(rows, *columns)))
    assert found == [list(row.values()) for row in rows]


def test_a_query_runs_as_it_is_written(server):
    name, _ = written(server)
    frame = server.read(query=f"SELECT text, whole AS n FROM {name} WHERE text LIKE '%7' OR text = ':x'")
    assert values(frame) == [["007", 2**53 + 1]]
    asked = quote(f"SELECT 7 AS a, ':x' AS b, '100%' AS c FROM {name}")
    assert values(read_database(f"{server.url}?query={asked}"))[0] == [7, ":x", "100%"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_of_tables_and_columns_are_only_names(server, hostile):
    untouched, rows = written(server)
    name = server.table(
        [{"key": 1, hostile: "value"}],
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column(hostile, sa.String(9)),
        name=hostile,
    )
    frame = server.read(name)
    assert list(frame.columns) == ["key", hostile]
    assert values(frame) == [[1, "value"]]
    assert len(server.read(untouched)) == len(rows)


def test_sql_in_place_of_a_table_is_not_run(server):
    name, rows = written(server)
    for attack in (f"{name}; DROP TABLE {name}", f'{name}"; DROP TABLE {name}; --', f"{name} WHERE 1=0"):
        with pytest.raises(BadInput, match="no table"):
            server.read(attack)
    assert len(server.read(name)) == len(rows)


def test_a_missing_table_offers_the_nearest_name(server):
    name, _ = written(server)
    with pytest.raises(BadInput) as told:
        server.read(name[:-1])
    assert f"did you mean {name!r}?" in str(told.value)
    assert "\n" not in str(told.value)


WRONG = [
    "SELEC 1",
    "SELECT nothing FROM nowhere",
    "SELECT 1 AS a WHERE 1 = 0",
    "SELECT 1 AS a; SELECT 2 AS b",
    "SELECT (1",
]


@pytest.mark.parametrize("query", WRONG)
def test_a_wrong_or_empty_query_is_answered_in_one_line(server, query):
    with pytest.raises(BadInput) as told:
        server.read(query=query)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "sql", ["DELETE FROM {}", "DROP TABLE {}", "UPDATE {} SET whole = 0", "SELECT 1 AS a; DELETE FROM {}"]
)
def test_a_query_that_would_write_is_refused_and_writes_nothing(server, sql):
    name, rows = written(server)
    with pytest.raises(BadInput) as told:
        server.read(query=sql.format(name))
    assert "\n" not in str(told.value)
    assert values(server.read(name)) == rows


FUNCTIONS = {
    "postgresql": "CREATE FUNCTION {0}_f() RETURNS int LANGUAGE sql AS 'DELETE FROM {0}; SELECT 1'",
    "mariadb": "CREATE FUNCTION {0}_f() RETURNS int MODIFIES SQL DATA BEGIN DELETE FROM {0}; RETURN 1; END",
}


@pytest.mark.parametrize("server", FUNCTIONS, indirect=True)
def test_a_function_that_would_write_is_refused_and_writes_nothing(server):
    name, rows = written(server)
    server.run(FUNCTIONS[server.kind].format(name))
    try:
        with pytest.raises(BadInput, match=r"(?i)read.only") as told:
            server.read(query=f"SELECT {name}_f() AS x")
    finally:
        server.run(f"DROP FUNCTION {name}_f")
    assert "\n" not in str(told.value)
    assert values(server.read(name)) == rows


END_READING = {
    "postgresql": "SELECT 1 AS a) AS q; SET default_transaction_read_only = off; COMMIT; DELETE FROM {0}; "
    "SELECT * FROM (SELECT 1 AS a",
    "mariadb": "BEGIN NOT ATOMIC SET SESSION TRANSACTION READ WRITE; COMMIT; DELETE FROM {0}; COMMIT; "
    "SELECT 1 AS a; END",
}


@pytest.mark.parametrize("server", END_READING, indirect=True)
def test_a_query_that_would_end_the_session_that_only_reads_writes_nothing(server):
    name, rows = written(server)
    with pytest.raises(BadInput) as told:
        server.read(query=END_READING[server.kind].format(name))
    assert "\n" not in str(told.value)
    assert values(server.read(name)) == rows


@pytest.mark.parametrize("query", ["VACUUM INTO '{}'", "ATTACH '{}' AS other", "PRAGMA journal_mode = wal"])
def test_a_query_of_sqlite_writes_no_file(tmp_path, query):
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE s AS SELECT 1 AS n")
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(BadInput, match="must be one SELECT"):
        read_database(f"sqlite:///{tmp_path}/a.db", query.format(tmp_path / "b.db"))
    assert [p.name for p in tmp_path.iterdir()] == ["a.db"]
    assert (tmp_path / "a.db").read_bytes() == before


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
@pytest.mark.parametrize(
    "file",
    ["INTO OUTFILE '{}'", "into /* a */ dumpfile '{}'", "/*!50000INTO*/ # b\n/*M!100000OUTFILE*/ '{}'"],
)
def test_a_query_of_mariadb_writes_no_file(server, file):
    with pytest.raises(BadInput, match="would write a file on the server") as told:
        server.read(query="SELECT 1 AS a " + file.format(f"/tmp/{uuid.uuid4().hex}"))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_a_query_that_fails_leaves_no_session_with_a_lock_behind(server):
    name, _ = written(server)
    with pytest.raises(BadInput) as told:  # which holds what is alive in the frames
        server.read(query=f"SELECT (SELECT whole FROM {name}) AS several")
    with server.engine.connect() as connection:
        connection.execute(sa.text("SET lock_wait_timeout = 1"))
        connection.execute(sa.text(f"DROP TABLE {name}"))
    assert "more than 1 row" in str(told.value)


@pytest.mark.parametrize("query", ["COPY s TO '{}'", "EXPORT DATABASE '{}'"])
def test_a_query_of_duckdb_writes_no_file(tmp_path, query):
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE s AS SELECT 1 AS n")
    with pytest.raises(BadInput, match="must be one SELECT"):
        read_database(f"duckdb:///{tmp_path}/a.duckdb", query.format(tmp_path / "b"))
    assert [p.name for p in tmp_path.iterdir()] == ["a.duckdb"]


@pytest.mark.parametrize(
    "query", ["  (SELECT 1 AS a)", "-- one\n/* two */ WITH q AS (SELECT 1 AS a) SELECT a FROM q"]
)
def test_a_select_may_begin_with_a_comment_or_a_bracket(server, query):
    if server.kind == "sqlite":  # which knows no brackets around a query
        query = query.replace("  (SELECT 1 AS a)", "  SELECT 1 AS a")
    assert values(server.read(query=query)) == [[1]]


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_a_session_reads_only_whatever_its_driver_is_called(server):
    name, rows = written(server)
    server.run(FUNCTIONS[server.kind].format(name))
    try:
        with pytest.raises(BadInput, match=r"(?i)read.only"):
            read_database(server.url.replace("mariadb", "mariadb+pymysql", 1), f"SELECT {name}_f() AS x")
    finally:
        server.run(f"DROP FUNCTION {name}_f")
    assert values(server.read(name)) == rows


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_query_of_megabytes_is_sent_whole(server):
    many = ", ".join(map(str, range(500_000)))
    frame = server.read(query=f"SELECT n FROM generate_series(499999, 500001) AS g(n) WHERE n IN ({many})")
    assert frame["n"].tolist() == [499_999]


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_dates_are_read_right_where_the_database_writes_them_the_german_way(server):
    name, rows = written(server)
    database = server.engine.url.database
    server.run(f"ALTER DATABASE {database} SET datestyle = 'German, DMY'")
    try:
        assert values(server.read(name)) == rows
    finally:
        server.run(f"ALTER DATABASE {database} RESET datestyle")


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_an_error_in_the_midst_of_the_rows_is_told_in_one_line(server):
    with pytest.raises(BadInput, match="division by zero") as told:
        server.read(query="SELECT 1 / (n - 300000) AS x FROM generate_series(1, 400000) AS g(n)")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_query_whose_rows_nobody_wants_any_more_is_ended_on_the_server(server):
    mark = f"m_{uuid.uuid4().hex}"
    reader = open_source(server.url, f"SELECT generate_series(1, 1000000000) AS n, '{mark}' AS mark")
    batches = iter(reader.read())
    next(batches)
    begun = time.monotonic()
    del batches, reader
    running = f"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%{mark}%'"
    with server.engine.connect() as connection:
        while connection.execute(sa.text(running)).scalar():
            assert time.monotonic() - begun < 20
            connection.rollback()  # else it would see the same again
            time.sleep(0.1)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_cube_over_a_warehouse_is_a_table_of_all_its_totals(server):
    regions = server.table(
        [{"id": 1, "name": "north"}, {"id": 2, "name": "south"}],
        sa.Column("id", sa.Integer),
        sa.Column("name", sa.String(9)),
    )
    facts = [
        {"region": r, "product": p, "amount": D(n)}
        for n, (r, p) in enumerate([(1, "a"), (1, "b"), (2, "a"), (2, "a")], 1)
    ]
    columns = [
        sa.Column("region", sa.Integer),
        sa.Column("product", sa.String(9)),
        sa.Column("amount", sa.Numeric(12, 2)),
    ]
    sales = server.table(facts, *columns)
    frame = server.read(
        query=f"SELECT r.name AS region, s.product, sum(s.amount)::numeric(12, 2) AS amount, count(*) AS sales "
        f"FROM {sales} s JOIN {regions} r ON r.id = s.region GROUP BY CUBE (r.name, s.product);"
    )
    names = {1: "north", 2: "south"}
    expected = {}
    for fact in facts:
        for region in (names[fact["region"]], None):
            for product in (fact["product"], None):
                total, count = expected.get((region, product), (D(0), 0))
                expected[region, product] = (total + fact["amount"], count + 1)
    assert {(r, p): (a, n) for r, p, a, n in values(frame)} == expected


def test_a_cube_over_a_file_of_duckdb_keeps_sums_whole(tmp_path):
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute(
            f"CREATE TABLE s AS SELECT * FROM (VALUES ('a', {2**62}), ('a', {2**62}), ('b', 1)) t(p, n)"
        )
    frame = read_database(f"duckdb:///{tmp_path}/a.duckdb", "SELECT p, sum(n) AS n FROM s GROUP BY CUBE (p)")
    assert {p: int(n) for p, n in values(frame)} == {"a": 2**63, "b": 1, None: 2**63 + 1}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 AS a; SELECT 2 AS b", "several statements"),
        ("SELEC 1", "syntax"),
        ("DELETE FROM s", "read-only"),
        ("SELECT 1 AS a WHERE false", "no row"),
    ],
)
def test_a_wrong_query_of_duckdb_is_answered_in_one_line(tmp_path, query, said):
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE s AS SELECT 1 AS n")
    with pytest.raises(BadInput, match=said) as told:
        read_database(f"duckdb:///{tmp_path}/a.duckdb", query)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_texts_that_mean_nothing_to_a_csv_come_through_copy(server):
    texts = ["", "NA", "\\.", "\\N", 'a"b', "a,b", "two\nlines", "\r", " 7 ", "é", None, "NULL"]
    name = server.table(
        [{"key": n, "t": t} for n, t in enumerate(texts)],
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("t", sa.Text),
    )
    assert [v[0] for v in values(server.read(query=f"SELECT t FROM {name} ORDER BY key"))] == texts
    query = "SELECT decode('00ff', 'hex') AS b, 'Infinity'::float8 AS i, 0.1::float4 AS f, "
    query += "NULL::int[] AS l, 'x'::char(3) AS c"
    assert values(server.read(query=query)) == [[b"\x00\xff", float("inf"), 0.1, None, "x  "]]


def test_a_url_without_table_or_query_says_what_to_add(server):
    with pytest.raises(BadInput, match=r"add \?table=NAME"):
        server.read()


def test_two_columns_of_one_name_are_refused(server):
    name, _ = written(server)
    with pytest.raises(BadInput, match="two columns named"):
        server.read(query=f"SELECT text, whole AS text FROM {name}")


def test_a_table_without_a_row_is_refused(server):
    with pytest.raises(BadInput, match="no row"):
        server.read(server.table([], sa.Column("a", sa.Integer)))


def test_a_view_is_read_like_a_table(server):
    name, _ = written(server)
    server.run(f"CREATE VIEW {name}_view AS SELECT text FROM {name} WHERE text = '007'")
    try:
        assert values(server.read(f"{name}_view")) == [["007"]]
    finally:
        server.run(f"DROP VIEW {name}_view")


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_table_of_another_schema_is_named_with_a_point(server):
    name, rows = written(server)
    schema = f"s_{uuid.uuid4().hex[:8]}"
    server.run(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.{name} AS SELECT * FROM {name} WHERE key = 1")
    try:
        assert values(server.read(f"{schema}.{name}")) == rows[:1]
    finally:
        server.run(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_kinds_that_only_postgresql_has_come_as_text_and_are_kept(server, tmp_path):
    query = """
        SELECT '6f0c1a52-7e0b-4a43-a4f6-1f6d0ee5fd0a'::uuid AS id, '{"a": [1]}'::jsonb AS doc, ARRAY[1, 2] AS list,
               'NaN'::numeric AS nan, 1e100::numeric + 0.5 AS huge, interval '1 day' AS span, '10.0.0.1'::inet AS ip,
               '2020-01-01 12:00+02'::timestamptz AS at, time '12:30' AS clock
    """
    frame, _ = original(server.url, query, tmp_path)
    rows, kinds = typed(frame)
    assert rows["id"].tolist() == ["6f0c1a52-7e0b-4a43-a4f6-1f6d0ee5fd0a"]
    assert rows["doc"].tolist() == ['{"a": [1]}']
    assert rows["ip"].tolist() == ["10.0.0.1"]
    assert rows["clock"].tolist() == ["12:30:00"]
    assert rows["nan"].isna().all()
    assert frame["huge"].tolist() == ["1" + "0" * 100 + ".5"]
    assert rows["at"].tolist() == [datetime.datetime(2020, 1, 1, 10)]
    assert (kinds["doc"], kinds["list"], kinds["at"]) == ("structured", "structured", "date")


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_column_of_several_types_is_kept_as_text(server, tmp_path):
    server.run("CREATE TABLE loose (a)")
    server.run("INSERT INTO loose VALUES (1), ('x'), (2.5), (NULL)")
    frame, _ = original(f"{server.url}?table=loose", None, tmp_path)
    assert [v[0] for v in values(frame)] == ["1", "x", "2.5", None]


def test_a_file_of_duckdb_is_read_like_a_server(tmp_path):
    hostile = 'a "b"'
    path = tmp_path / "a.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            'CREATE TABLE "a ""b""" AS SELECT * FROM (VALUES (9007199254740993, \'007\'), (NULL, NULL)) t(n, s)'
        )
    asked = [(f"?table={quote(hostile)}", None), ("", 'SELECT * FROM "a ""b"""')]
    for end, query in asked:
        url = f"duckdb:///{path}{end}"
        assert values(read_database(url, query)) == [[2**53 + 1, "007"], [None, None]]
    with pytest.raises(BadInput, match="nothing"):
        read_database(f"duckdb:///{path}?table=nothing")


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
@pytest.mark.parametrize("password", ["hunter2", "p@ss/w:rd", "with@sign", "with/slash"])
def test_a_server_that_does_not_answer_is_told_in_one_line_without_the_password(kind, password, monkeypatch):
    monkeypatch.setenv("WB_TEST_PASSWORD", password)
    begun = time.monotonic()
    with pytest.raises(BadInput) as told:
        read_database(f"{kind}://ann:${{WB_TEST_PASSWORD}}@127.0.0.1:1/test?table=t")
    line = str(told.value)
    assert "127.0.0.1" in line
    assert "\n" not in line
    for part in (password, "p@ss", "hunter", "sign@", "slash", "ss/w"):
        assert part not in line
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("server", ["postgresql", "mariadb"], indirect=True)
def test_a_server_that_refuses_is_told_in_one_line_without_the_password(server, monkeypatch):
    monkeypatch.setenv("WB_TEST_PASSWORD", "hunter2")
    with pytest.raises(BadInput) as told:
        read_database(server.url.replace("root@", "nobody_here:${WB_TEST_PASSWORD}@") + "?table=t")
    assert "hunter2" not in str(told.value)
    assert "nobody_here" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_database_file_is_told_and_not_made(tmp_path):
    for kind in ("sqlite", "duckdb"):
        path = tmp_path / f"absent.{kind}"
        with pytest.raises(BadInput, match=r"absent\."):
            read_database(f"{kind}:///{path}?table=t")
        assert not path.exists()


def test_a_relative_path_of_a_database_file_counts_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with sa.create_engine("sqlite:///near.db").begin() as connection:
        connection.execute(sa.text("CREATE TABLE t AS SELECT 1 AS a"))
    assert values(read_database("sqlite:///near.db?table=t")) == [[1]]


@pytest.mark.parametrize(
    "url", ["oddbase://h/d?table=t", "postgresql://h:word/d?table=t", "postgresql://u@[::1/d?table=t"]
)
def test_a_url_that_means_nothing_is_answered_in_one_line(url):
    with pytest.raises(BadInput) as told:
        read_database(url)
    assert "\n" not in str(told.value)
