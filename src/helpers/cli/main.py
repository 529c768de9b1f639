"""The commands and their options."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from helpers.errors import Answerable, BadInput

app = typer.Typer(
    help="Turn a table into a tested, packaged model and a report, one notebook a stage.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

What = Annotated[
    str | None,
    typer.Argument(help="A config (churn), a table (sales.csv) or a database URL.", metavar="[WHAT]"),
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target", "-t", help="Column to predict; repeated: the labels of a row, each of yes and no."
    ),
]
Name = Annotated[str | None, typer.Option("--name", "-n", help="Name of the run; default: that of WHAT.")]
First = Annotated[str | None, typer.Option("--from", help="First stage to run; those before are kept.")]
Last = Annotated[str | None, typer.Option("--to", help="Last stage to run.")]
Only = Annotated[str | None, typer.Option("--only", help="The one stage to run.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Run the stages even where nothing changed.")]
Sets = Annotated[
    list[str] | None, typer.Option("--parameter", "-p", help="stage.name=value; may be repeated.")
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Stages at once.")]
Budget = Annotated[
    str | None, typer.Option("--budget", "-b", help="Time for the whole run, such as 90s, 5m or 1h.")
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", help="Where models are fitted: local, or a Dask scheduler, tcp://host:8786."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Run = Annotated[
    str | None, typer.Argument(help="NAME or NAME/RUN; default: the newest run.", metavar="[RUN]")
]
Made = Annotated[
    str | None,
    typer.Argument(
        help="NAME, NAME/RUN or a run's specification.json; default: the newest run.", metavar="[RUN]"
    ),
]
UsageError: Any = typer.BadParameter.__base__
JOBS = min(2, os.cpu_count() or 1)


@app.callback()
def place(
    workspace: Annotated[
        Path | None, typer.Option(help="Folder of data, models and caches; default: workspace/.")
    ] = None,
    reports: Annotated[Path | None, typer.Option(help="Folder of the reports; default: reports/.")] = None,
) -> None:
    """Turn a table into a tested, packaged model and a report, one notebook a stage."""
    for variable, value in (("WORKBENCH_WORKSPACE", workspace), ("WORKBENCH_REPORTS", reports)):
        if value is not None:
            os.environ[variable] = str(value.resolve())


@app.command(
    epilog="Examples: workbench run | workbench run sales.csv --target paid | workbench run churn -p train.folds=10 | "
    "workbench run sales.csv -t paid --budget 60s"
)
def run(
    what: What = None,
    target: Target = None,
    name: Name = None,
    first: First = None,
    last: Last = None,
    only: Only = None,
    force: Force = False,
    parameter: Sets = None,
    jobs: Jobs = JOBS,
    budget: Budget = None,
    cluster: Cluster = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would run and why.")] = False,
    json: Json = False,
) -> None:
    """Run the pipeline: only what depends on a change runs."""
    from helpers.cli import running

    sets = parameter or []
    asked = running.Ask(what, _targets(target), name, first, last, only, force, sets, jobs, budget, cluster)
    raise typer.Exit(running.plan(asked, json) if dry_run else running.run(asked, json))


@app.command(epilog="Example: workbench plan churn -p train.folds=10")
def plan(
    what: What = None,
    target: Target = None,
    name: Name = None,
    first: First = None,
    last: Last = None,
    only: Only = None,
    force: Force = False,
    parameter: Sets = None,
    json: Json = False,
) -> None:
    """Show which stages would run and why (the same as run --dry-run)."""
    from helpers.cli import running

    raise typer.Exit(
        running.plan(
            running.Ask(what, _targets(target), name, first, last, only, force, parameter or [], 1), json
        )
    )


@app.command(
    epilog="Examples: workbench predict new.csv -o scores.csv | workbench predict new.parquet --model churn/3"
)
def predict(
    table: Annotated[Path, typer.Argument(help="Table to score.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; default: standard output.")
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", help="NAME, NAME/VERSION or a bundle's folder.")
    ] = "churn",
    intervals: Annotated[
        bool,
        typer.Option(
            "--intervals",
            help="Also give low and high, or the classes, that hold the truth as often as promised.",
        ),
    ] = False,
) -> None:
    """Score a table with a packaged model: its bundle is all that is needed."""
    from helpers.cli import models

    models.predict(table, out, model, intervals)


@app.command(
    epilog="Examples: workbench check new.csv --suite churn | workbench check new.parquet --suite suite.yaml "
    "--checks configs/checks_churn.py -o findings.csv"
)
def check(
    table: Annotated[str, typer.Argument(help="Table to check: a file, a folder or a database URL.")],
    suite: Annotated[
        str | None,
        typer.Option("--suite", "-s", help="Suite in YAML, or NAME or NAME/RUN of a run that kept one."),
    ] = None,
    checks: Annotated[
        Path | None, typer.Option("--checks", "-c", help="Python file of your own checks; it is run.")
    ] = None,
    references: Annotated[
        Path | None, typer.Option(help="Folder of the tables that checks refer to.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file for the findings, a line a wrong row.")
    ] = None,
) -> None:
    """Hold a table to a suite of checks; exit status 1 when one of severity stop finds something."""
    from helpers.cli import checking

    raise typer.Exit(checking.check(table, suite, checks, references, out))


@app.command(epilog="Example: workbench runs churn")
def runs(
    name: Annotated[
        str | None, typer.Argument(help="Name of the runs; default: all.", metavar="[NAME]")
    ] = None,
    json: Json = False,
) -> None:
    """List the runs, newest first, with their measures."""
    from helpers.cli import reading

    reading.runs(name, json)


@app.command(epilog="Examples: workbench show | workbench show churn train")
def show(
    run: Run = None,
    stage: Annotated[str | None, typer.Argument(help="Stage whose page to open.", metavar="[STAGE]")] = None,
    path: Annotated[bool, typer.Option("--path", help="Print the path instead of opening it.")] = False,
) -> None:
    """Open the report of a run in the browser."""
    from helpers.cli import reading

    reading.show(run, stage, path)


@app.command(epilog="Example: workbench compare churn/20260101-120000 churn")
def compare(
    run: Annotated[str, typer.Argument(help="NAME or NAME/RUN.")],
    other: Annotated[str, typer.Argument(help="NAME or NAME/RUN.")],
    json: Json = False,
) -> None:
    """Compare two runs: parameters, artifacts and measures; writes a page."""
    from helpers.cli import reading

    reading.compare(run, other, json)


@app.command(epilog="Example: workbench params train")
def params(
    stage: Annotated[str | None, typer.Argument(help="Stage; default: all.", metavar="[STAGE]")] = None,
    json: Json = False,
) -> None:
    """List every stage's parameters with type, default and comment."""
    from helpers.cli import reading

    reading.params(stage, json)


data = typer.Typer(
    help="List the data sets in the workspace: rows, columns, size, source, licence, when, hash.",
    epilog="Examples: workbench data | workbench data show churn",
    invoke_without_command=True,
)
app.add_typer(data, name="data")


@data.callback()
def data_sets(context: typer.Context, json: Json = False) -> None:
    """List the data sets in the workspace: rows, columns, size, source, licence, when, hash."""
    from helpers.cli import data as data_commands

    if context.invoked_subcommand is None:
        data_commands.listing(json)


@data.command("show", epilog="Example: workbench data show churn --json")
def data_show(
    name: Annotated[
        str, typer.Argument(help="Name of a data set, or the start of its hash.", metavar="NAME")
    ],
    json: Json = False,
) -> None:
    """Show one data set: where it came from, who owns it, its columns."""
    from helpers.cli import data as data_commands

    data_commands.show(name, json)


@app.command(epilog="Examples: workbench verify churn | workbench verify specification.json")
def verify(run: Made = None, jobs: Jobs = JOBS, json: Json = False) -> None:
    """Build a finished run again in a clean workspace and compare every artifact and measure."""
    from helpers.cli import running

    raise typer.Exit(running.verify(run, jobs, json))


@app.command(epilog="Examples: workbench clean --dry-run | workbench clean --all")
def clean(
    everything: Annotated[
        bool, typer.Option("--all", help="Remove originals, models, ledger and reports too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be freed.")] = False,
) -> None:
    """Remove the store and caches of the workspace; models, originals, ledger and reports stay."""
    from helpers.cli import models

    models.clean(everything, dry_run)


@app.command(epilog="Example: workbench lab")
def lab(
    arguments: Annotated[list[str] | None, typer.Argument(help="Options for JupyterLab, after --.")] = None,
) -> None:
    """Open the notebooks in JupyterLab."""
    from helpers.pipeline.places import project_root

    root = project_root()
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--notebook-dir",
        str(root / "notebooks"),
        *(arguments or []),
    ]
    os.execvpe(sys.executable, command, {**os.environ, "PATH": _path_with_us()})


def main() -> None:
    """Run the command line; every error that a person can answer is one line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that has no arrow shows its code
    try:
        code = app(standalone_mode=False)
        if code == 130:  # what typer makes of Ctrl-C
            raise KeyboardInterrupt
    except Answerable as error:
        code = _say(str(error), 2 if isinstance(error, BadInput) else 1)
    except typer.Exit as end:
        code = end.exit_code
    except UsageError as error:
        hint = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        code = _say(f"{error.format_message().rstrip('.')}{hint}", 2)
    except (KeyboardInterrupt, typer.Abort):
        code = _say("interrupted; what was done is kept, and the next run goes on from there", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except UnicodeEncodeError as error:
        near = error.object[max(error.start - 30, 0) : error.end + 30]
        code = _say(f"a name is no UTF-8, near {near!r}; rename that file or folder", 2)
    except OSError as error:
        code = _say(f"{error.filename or 'the system'}: {(error.strerror or str(error)).lower()}", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _targets(named: list[str] | None) -> str | list[str] | None:
    """Return one target as it is, and several as the list that they are."""
    return named[0] if named and len(named) == 1 else named


def _say(message: str, code: int) -> int:
    print(f"workbench: {message}", file=sys.stderr)
    return code


def _path_with_us() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
