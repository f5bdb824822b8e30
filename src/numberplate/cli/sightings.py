"""`numberplate sightings`: what was seen, searched, shown, exported and deleted; and the watch lists."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from numberplate.cli.errors import extra, fail
from numberplate.cli.options import Database, named_path
from numberplate.cli.output.lines import complain, plate_text
from numberplate.replacing import write_whole

if TYPE_CHECKING:
    from numberplate.sightings import Query, Sightings


class Format(StrEnum):
    """How sightings are printed."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


class FileFormat(StrEnum):
    """How sightings are written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class ListFormat(StrEnum):
    """How a watch list is printed."""

    TABLE = "table"
    JSONL = "jsonl"


class By(StrEnum):
    """What an age counts from."""

    STORED = "stored"
    SEEN = "seen"


class Kind(StrEnum):
    """What a watch list is for."""

    ALLOW = "allow"
    ALERT = "alert"


Text = Annotated[
    str | None,
    typer.Argument(
        metavar="[PLATE]",
        show_default=False,
        help="The text; ? stands for one character, * for any number. Quote these.",
    ),
]
Fuzzy = Annotated[bool, typer.Option("--fuzzy", help="O and 0 alike, I and 1 too, and one character off.")]
Candidates = Annotated[
    bool, typer.Option("--candidates", help="Sightings that may say it, as well as those that likely do.")
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        show_default=False,
        help="First seen then or later: 2026-11-24, 2026-11-24T08:00, or an age such as 30m, 12h or 7d.",
    ),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", show_default=False, help="First seen before.")
]
Source = Annotated[
    str | None, typer.Option("--source", metavar="NAME", show_default=False, help="What was watched.")
]
Hit = Annotated[
    str | None,
    typer.Option(
        "--hit",
        metavar="LIST",
        show_default=False,
        help="Hit that watch list: allow, alert, or an entry's number.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

sightings = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
watchlist = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
sightings.add_typer(watchlist, name="watchlist")


@sightings.callback()
def about() -> None:
    """Search, show, export and delete what was seen; keep watch lists.

    All commands take --database, or the environment variable NUMBERPLATE_DATABASE, which no list of processes
    shows.

    \b
      numberplate sightings search 'AB?2*' --from 7d
      numberplate sightings watchlist add AB12CDE --fuzzy --note 'stolen'
      numberplate sightings purge --older-than 30d --pictures-older-than 7d
    """


@watchlist.callback()
def about_watchlist() -> None:
    """Plates to let in, and plates to raise the alarm for.

    Each sighting is compared with the entries as it is added, and keeps which it hit.
    """


@sightings.command()
def search(
    plate: Text = None,
    fuzzy: Fuzzy = False,
    candidates: Candidates = False,
    start: From = None,
    until: Until = None,
    source: Source = None,
    hit: Hit = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, metavar="N", help="Sightings at most.")] = 50,
    after: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE", show_default=False, help="Go on from there, as the search before said."
        ),
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Only say how many there are.")] = False,
    output: Annotated[Format, typer.Option("--format", "-f", help="table: for people.")] = Format.TABLE,
    database: Database = None,
) -> None:
    """Find sightings, the newest first.

    \b
      numberplate sightings search
      numberplate sightings search AB12CDE --fuzzy
      numberplate sightings search 'AB?2*' --from 2026-11-24 --until 2026-11-25
      numberplate sightings search --hit alert --from 24h --format jsonl
    """
    with _opened(database) as store:
        from numberplate.cli.output.sightings import sightings_table
        from numberplate.sightings.export import write_csv, write_jsonl

        query = _query(plate, fuzzy, candidates, start, until, source, hit)
        if count:
            print(store.count(query))
            return
        page = store.search(query, limit, after)
        if output is Format.TABLE:
            print(sightings_table(page.sightings) if page.sightings else _nothing(store, query))
        else:
            (write_csv if output is Format.CSV else write_jsonl)(page.sightings, sys.stdout)
        if page.after is not None:
            complain(f"There are more: --after {page.after}")


@sightings.command()
def show(
    id: Annotated[int, typer.Argument(metavar="ID", show_default=False, help="The sighting's number.")],
    pictures: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="Write its pictures there, as ID-crop.jpg and ID-frame.jpg.",
            parser=named_path,
        ),
    ] = None,
    output: Annotated[
        ListFormat, typer.Option("--format", "-f", help="table: for people.")
    ] = ListFormat.TABLE,
    database: Database = None,
) -> None:
    """Show all of one sighting, and write its pictures.

    \b
      numberplate sightings show 17 --pictures out/
    """
    with _opened(database) as store:
        from numberplate.cli.output.sightings import details

        found = store.get(id)
        if found is None:
            fail(f"{store.name}: no sighting {id}")
        print(details(found) if output is ListFormat.TABLE else json.dumps(found.to_dict()))
        if pictures is None:
            return
        for kind in found.pictures:
            data = store.picture(id, kind)
            file = pictures / f"{id}-{kind}.jpg"
            if data is not None:
                try:
                    pictures.mkdir(parents=True, exist_ok=True)
                    write_whole(file, data)
                except OSError as error:
                    fail(f"{file}: {error.strerror or error}")


@sightings.command()
def export(
    plate: Text = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default="standard output", help="Write there.", parser=named_path),
    ] = None,
    output: Annotated[
        FileFormat | None,
        typer.Option("--format", "-f", show_default="by the file's ending, else csv"),
    ] = None,
    fuzzy: Fuzzy = False,
    candidates: Candidates = False,
    start: From = None,
    until: Until = None,
    source: Source = None,
    hit: Hit = None,
    database: Database = None,
) -> None:
    """Write sightings as CSV, JSON lines or Parquet.

    An older FILE is replaced once the new one is whole. Parquet needs the extra "parquet".

    \b
      numberplate sightings export --from 30d > november.csv
      numberplate sightings export --out all.parquet
    """
    if output is None:
        endings = {f".{known}": known for known in FileFormat}
        output = endings.get(out.suffix.lower(), FileFormat.CSV) if out is not None else FileFormat.CSV
    if output is FileFormat.PARQUET and out is None:
        raise typer.BadParameter("Parquet goes to a file: --out FILE is missing")
    with _opened(database) as store:
        from numberplate.sightings.export import export as write
        from numberplate.sightings.export import write_csv, write_jsonl

        found = store.iterate(_query(plate, fuzzy, candidates, start, until, source, hit))
        if out is None:
            (write_csv if output is FileFormat.CSV else write_jsonl)(found, sys.stdout)
        else:
            print(f"{write(found, out, output.value)} sightings are in {out}")


@sightings.command()
def correct(
    id: Annotated[int, typer.Argument(metavar="ID", show_default=False, help="The sighting's number.")],
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[PLATE]", show_default=False, help="What the plate says, such as 'AB12 CDE'."
        ),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was noted.")] = False,
    database: Database = None,
) -> None:
    """Note that a sighting was read wrongly, and what its plate says.

    The sighting keeps its text, and is found by either. "numberplate sightings labels" writes what was noted.

    \b
      numberplate sightings correct 17 'AB12 CDE'
      numberplate sightings correct 17 --undo
    """
    if (text is None) != undo:
        raise typer.BadParameter("either what the plate says, or --undo", param_hint="PLATE")
    with _opened(database) as store:
        try:
            found = store.correct(id, text)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="PLATE") from error
        if found is None:
            fail(f"{store.name}: no sighting {id}")
    print(
        f"{id}: {plate_text(found.text)}"
        + (f", is {plate_text(found.correction)}" if found.correction else "")
    )


@sightings.command()
def labels(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Write pictures and labels.csv there.", parser=named_path)
    ],
    database: Database = None,
) -> None:
    """Write the sightings that somebody corrected as labelled pictures, to measure and to train with.

    "numberplate sightings correct" notes what a plate says, and so does the page of numberplate serve.

    \b
      numberplate sightings labels corrected/
      numberplate evaluate corrected/ --out misses/
    """
    with _opened(database) as store:
        from numberplate.sightings.export import write_labels

        number = write_labels(store, folder)
    print(f"{number} corrected {'sighting is' if number == 1 else 'sightings are'} in {folder}")


@sightings.command()
def delete(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", show_default=False, help="Numbers of sightings.")
    ] = None,
    plate: Annotated[
        str | None,
        typer.Option(
            "--plate", metavar="PLATE", show_default=False, help="All with that text, as in a search."
        ),
    ] = None,
    fuzzy: Fuzzy = False,
    candidates: Candidates = False,
    start: From = None,
    until: Until = None,
    source: Source = None,
    hit: Hit = None,
    yes: Yes = False,
    database: Database = None,
) -> None:
    """Delete sightings with their pictures, for good.

    \b
      numberplate sightings delete 17 18
      numberplate sightings delete --plate AB12CDE
    """
    chosen = [plate, start, until, source, hit]
    if bool(ids) == any(value is not None for value in chosen):
        raise typer.BadParameter("either numbers of sightings, or what to search for, such as --plate")
    with _opened(database) as store:
        if ids:
            print(f"{store.delete(ids)} sightings deleted")
            return
        query = _query(plate, fuzzy, candidates, start, until, source, hit)
        if not yes:
            typer.confirm(f"Delete {store.count(query)} sightings?", abort=True)
        print(f"{store.delete_matching(query)} sightings deleted")


@sightings.command()
def purge(
    older_than: Annotated[
        str | None,
        typer.Option(
            metavar="AGE", show_default=False, help="Delete what was stored longer ago: 12h, 30d, 8w."
        ),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=0, metavar="N", show_default=False, help="Keep the newest N sightings.")
    ] = None,
    pictures_older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", show_default=False, help="Delete pictures alone, of what is older."),
    ] = None,
    by: Annotated[
        By, typer.Option(help="What an AGE counts from: when it was stored, or when it was last seen.")
    ] = By.STORED,
    keep_pictures: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", show_default=False, help="Keep the pictures of the newest N sightings."
        ),
    ] = None,
    database: Database = None,
) -> None:
    """Delete what is to be kept no longer, for good. Meant for a daily job: it does not ask.

    \b
      numberplate sightings purge --older-than 30d --pictures-older-than 7d
      numberplate sightings purge --keep 1000000 --keep-pictures 20000
    """
    if all(value is None for value in (older_than, keep, pictures_older_than, keep_pictures)):
        raise typer.BadParameter("what to delete is missing, such as --older-than 30d")
    with _opened(database) as store:
        from numberplate.sightings import Retention

        age, picture_age = (
            _age(older_than, "--older-than"),
            _age(pictures_older_than, "--pictures-older-than"),
        )
        purged = store.purge(Retention(age, keep, picture_age, keep_pictures, by.value))
        print(f"{purged.sightings} sightings and {purged.pictures} pictures deleted")


@sightings.command()
def check(database: Database = None) -> None:
    """Look for damage: in the file, between the tables, and in the pictures.

    Reads all there is, and changes nothing. The exit code is 1 where something is damaged: then bring back a
    copy, or save what is left with export.
    """
    with _opened(database) as store:
        problems = store.check()
        for problem in problems:
            print(problem)
        if problems:
            fail(f"{store.name}: damaged: {len(problems)} faults")
        print(f"{store.name}: no damage, {store.count()} sightings")


@watchlist.command("add")
def add_entry(
    patterns: Annotated[
        list[str],
        typer.Argument(
            metavar="PLATE...",
            show_default=False,
            help="Texts; ? stands for one character, * for any number.",
        ),
    ],
    kind: Annotated[
        Kind, typer.Option(help="allow: a vehicle that is expected. alert: one to hear of.")
    ] = Kind.ALERT,
    fuzzy: Annotated[bool, typer.Option("--fuzzy", help="One character off is a hit as well.")] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", show_default=False, help="Your own words.")] = "",
    database: Database = None,
) -> None:
    """Add entries to a watch list. O and 0 are always alike, and so are I and 1.

    An alert is hit by any candidate of a sighting, an allowance by its likeliest text alone.

    \b
      numberplate sightings watchlist add AB12CDE --fuzzy --note 'stolen'
      numberplate sightings watchlist add 'XY9*' --kind allow --note 'our vans'
    """
    with _opened(database, create=True) as store:
        for pattern in patterns:
            entry = store.watch_list.add(pattern, kind.value, distance=int(fuzzy), note=note)
            print(f"{entry.pattern} is entry {entry.id}", flush=True)


@watchlist.command("list")
def list_entries(
    output: Annotated[
        ListFormat, typer.Option("--format", "-f", help="table: for people.")
    ] = ListFormat.TABLE,
    database: Database = None,
) -> None:
    """List all entries."""
    with _opened(database) as store:
        from numberplate.cli.output.sightings import entries_table

        entries = store.watch_list.entries()
        if output is ListFormat.JSONL:
            for entry in entries:
                print(json.dumps(entry.to_dict()))
        else:
            print(entries_table(entries) if entries else "There are no entries.")


@watchlist.command("remove")
def remove_entries(
    ids: Annotated[
        list[int], typer.Argument(metavar="ENTRY...", show_default=False, help="Numbers of entries.")
    ],
    database: Database = None,
) -> None:
    """Remove entries. What hit them keeps that it did."""
    with _opened(database) as store:
        missing = [str(id) for id in ids if not store.watch_list.remove(id)]
        if missing:
            fail(f"{store.name}: no entry {', '.join(missing)}")


@contextmanager
def _opened(database: str | None, create: bool = False) -> Iterator["Sightings"]:
    with extra("sightings"):
        from numberplate.sightings import Sightings, SightingsError
    try:
        with Sightings(database, create=create) as store:
            yield store
    except (SightingsError, ValueError) as error:
        fail(str(error))


def _nothing(store: "Sightings", query: "Query") -> str:
    """That nothing was found, and what would be with the text as a part."""
    from dataclasses import replace

    from numberplate.sightings.wildcard import WildcardError, has_wildcards

    if query.text is None or has_wildcards(query.text):
        return "Nothing was seen."
    part = f"*{query.text}*"
    number = 0
    with suppress(WildcardError):  # with both wildcards it may be longer than any plate
        number = store.count(replace(query, text=part))
    if not number:
        return "Nothing was seen."
    has = "1 plate has" if number == 1 else f"{number} plates have"
    return f"Nothing was seen. {has} {query.text} in them: numberplate sightings search '{part}'"


def _query(
    plate: str | None,
    fuzzy: bool,
    candidates: bool,
    start: str | None,
    until: str | None,
    source: str | None,
    hit: str | None,
) -> "Query":
    from numberplate.sightings import Query
    from numberplate.sightings.times import parse_time

    now = datetime.now(UTC)
    return Query(
        text=plate,
        fuzzy=fuzzy,
        candidates=candidates,
        start=None if start is None else parse_time(start, now),
        end=None if until is None else parse_time(until, now),
        source=source,
        hit=int(hit) if hit is not None and hit.isdecimal() else hit,  # type: ignore[arg-type]  # checked there
    )


def _age(text: str | None, option: str) -> timedelta | None:
    from numberplate.sightings.times import parse_age

    try:
        return None if text is None else parse_age(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
