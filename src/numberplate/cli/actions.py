"""`numberplate actions`: what sightings set off, tried, rehearsed, and what could not be delivered."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from numberplate.cli.errors import extra, fail
from numberplate.cli.options import Config
from numberplate.cli.output.lines import complain, plate_text, shown
from numberplate.cli.output.table import table

if TYPE_CHECKING:
    from numberplate.actions import Actions
    from numberplate.configuration import Action, Configuration
    from numberplate.sightings import Failure, Sightings


class Format(StrEnum):
    """How actions are printed."""

    TABLE = "table"
    JSONL = "jsonl"


Ids = Annotated[
    list[int] | None,
    typer.Argument(metavar="[ID]...", show_default="all", help="Numbers of what was put aside."),
]

_REHEARSING = {"since": "--since", "until": "--until", "name": "--name"}
"""Options that are of a rehearsal alone."""

actions = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@actions.callback()
def about(
    context: typer.Context,
    config: Config = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what each rule would have done with what was recorded.")
    ] = False,
    since: Annotated[
        str,
        typer.Option(metavar="TIME", help="From then on: 2026-11-24T08:00, or an age such as 24h."),
    ] = "24h",
    until: Annotated[
        str | None, typer.Option(metavar="TIME", show_default="now", help="First seen before.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", show_default="all", help="Rehearse this action alone.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="table: for people.")] = Format.TABLE,
) -> None:
    """List the actions of numberplate.toml, how far each has come, and what could not be delivered.

    With --dry-run, say what each rule would have done with the sightings of the last day, and why not.

    \b
      numberplate actions
      numberplate actions --dry-run --since 24h
      numberplate actions test "open the gate"
      numberplate actions retry
    """
    context.obj = config
    given = [
        option
        for parameter, option in _REHEARSING.items()
        if (source := context.get_parameter_source(parameter)) is not None and source.name == "COMMANDLINE"
    ]
    if context.invoked_subcommand is not None:
        # Nobody who says --dry-run wants a gate to open.
        if given or dry_run or output is not Format.TABLE:
            option = "--dry-run" if dry_run else (given or ["--format"])[0]
            raise typer.BadParameter(f"does not go with {context.invoked_subcommand}", param_hint=option)
        return
    if given and not dry_run:
        raise typer.BadParameter("needs --dry-run", param_hint=given[0])
    with _opened(config, create=not dry_run) as (configuration, store, _):
        if dry_run:
            _rehearse(configuration, store, since, until, name, output)
        else:
            _list(configuration, store, output)


@actions.command()
def test(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="Of the action.")],
) -> None:
    """Set one action off with a made-up vehicle, TEST123, whatever its rule: a gate does open.

    \b
      numberplate actions test "open the gate"
    """
    from numberplate.actions import DeliveryError

    with _opened(context.obj) as (configuration, store, file), _made(configuration, store, file) as made:
        if name not in made.targets:
            fail(f"{file}: no action {shown(name)}; there are {', '.join(made.targets) or 'none'}")
        try:
            delivery = made.test(name)
        except DeliveryError as error:
            fail(f"{shown(name)}: {error}")
        print(f"{shown(name)}: delivered as {delivery.id}")


@actions.command()
def retry(
    context: typer.Context,
    ids: Ids = None,
) -> None:
    """Deliver what could not be delivered, now.

    \b
      numberplate actions retry
      numberplate actions retry 3 4
    """
    from numberplate.actions import DeliveryError

    failed = False
    with _opened(context.obj) as (configuration, store, file), _made(configuration, store, file) as made:
        failures = store.progress.failures()
        _known(ids, failures)
        for failure in failures:
            if ids and failure.id not in ids:
                continue
            try:
                made.again(failure)
                print(f"{failure.id}: delivered by {shown(failure.follower)}")
            except KeyError:
                failed = True
                complain(f"{failure.id}: there is no action {shown(failure.follower)} any more")
            except (LookupError, DeliveryError) as error:
                failed = True
                complain(f"{failure.id}: {shown(failure.follower)}: {error}")
    if failed:
        raise typer.Exit(1)


@actions.command()
def discard(
    context: typer.Context,
    ids: Ids = None,
) -> None:
    """Forget what could not be delivered.

    \b
      numberplate actions discard 3 4
    """
    with _opened(context.obj) as (_, store, _file):
        failures = store.progress.failures()
        _known(ids, failures)
        chosen = ids or [failure.id for failure in failures]
        print(f"{store.progress.forget(chosen)} forgotten")


def _known(ids: list[int] | None, failures: "list[Failure]") -> None:
    """Ends the program where there are no such failures."""
    missing = sorted({*(ids or [])} - {failure.id for failure in failures})
    if missing:
        fail(f"nothing that could not be delivered has the number {', '.join(map(str, missing))}")


@contextmanager
def _opened(config: Path | None, create: bool = True) -> Iterator[tuple["Configuration", "Sightings", Path]]:
    with extra("actions"):
        from numberplate.configuration import ConfigurationError, load_configuration
        from numberplate.configuration.loading import find_file
        from numberplate.sightings import Sightings, SightingsError
    file = find_file(config)
    try:
        configuration = load_configuration(file)
        with Sightings(configuration.database, create=create) as store:
            yield configuration, store, file
    except (ConfigurationError, SightingsError) as error:
        fail(str(error))


@contextmanager
def _made(configuration: "Configuration", store: "Sightings", file: Path) -> Iterator["Actions"]:
    with extra("mqtt"):
        from numberplate.actions import Actions

        try:
            # A name of its own at the broker, which lets one program in under each.
            made = Actions(configuration, store, file.absolute().parent, name=f"-{os.getpid()}")
        except ValueError as error:
            fail(f"{file}: {error}")
        with made.connected():
            yield made


def _list(configuration: "Configuration", store: "Sightings", output: Format) -> None:
    from numberplate.actions.run import publisher
    from numberplate.cli.output.times import local

    failures = store.progress.failures()
    counts = Counter(failure.follower for failure in failures)
    last = store.last_id()
    rows = []
    mqtt = configuration.mqtt
    every = (publisher(mqtt),) if mqtt is not None and mqtt.publish else ()
    for action in (*every, *configuration.action):
        after = store.progress.after(action.name)
        waiting = 0 if after is None else len(store.since(after, 1000)) if after < last else 0
        rows.append((action, after, waiting, counts[action.name]))
    if output is Format.JSONL:
        for action, after, waiting, failed in rows:
            value = {"name": action.name, "kind": action.kind, "opens": action.opens, "when": _when(action)}
            print(json.dumps(value | {"after": after, "waiting": waiting, "failed": failed}))
        for failure in failures:
            print(json.dumps({"failure": failure.to_dict()}))
        return
    print(
        table(
            ["action", "does", "when", "waiting", "failed"],
            [
                [
                    shown(action.name),
                    f"{action.kind}, opens" if action.opens else action.kind,
                    _when(action) or "always",
                    "new" if after is None else f"{waiting}+" if waiting >= 1000 else str(waiting),
                    str(failed),
                ]
                for action, after, waiting, failed in rows
            ],
            right=("waiting", "failed"),
        )
        if rows
        else "There are no actions."
    )
    if failures:
        print("\nCould not be delivered; numberplate actions retry, or discard:\n")
        print(
            table(
                ["id", "action", "sighting", "failed", "attempts", "why"],
                [
                    [
                        str(failure.id),
                        shown(failure.follower),
                        str(failure.sighting_id),
                        local(failure.failed),
                        str(failure.attempts),
                        shown(failure.reason),
                    ]
                    for failure in failures
                ],
                right=("id", "sighting", "attempts"),
            )
        )


def _when(action: "Action") -> str:
    """The conditions in a few words."""
    found = []
    for name, value in action.when.model_dump(exclude_unset=True).items():
        if name == "time" and value is not None:
            found.append(f"{value[0]:%H:%M}-{value[1]:%H:%M}")
        elif isinstance(value, tuple):
            found.append(f"{name} {'/'.join(map(str, value))}")
        elif value is not None:
            found.append(f"{name} {value:g}")
    return ", ".join(found)


def _rehearse(
    configuration: "Configuration",
    store: "Sightings",
    since: str,
    until: str | None,
    name: str | None,
    output: Format,
) -> None:
    from numberplate.actions import rehearse
    from numberplate.cli.output.times import local
    from numberplate.sightings.times import parse_time

    now = datetime.now(UTC)
    try:
        start = parse_time(since, now)
        end = None if until is None else parse_time(until, now)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since or --until") from error
    if end is not None and end <= start:
        raise typer.BadParameter(f"{until} is no later than --since {since}", param_hint="--until")
    known = [action.name for action in configuration.action]
    if name is not None and name not in known:
        fail(f"no action {shown(name)}; there are {', '.join(known) or 'none'}")
    rows, fired, judged = [], Counter[str](), 0
    for one, verdicts in rehearse(configuration, store, start, end):
        judged += 1
        for action, verdict in verdicts.items():
            fired[action] += verdict.fires
            if name not in (None, action):
                continue
            if output is Format.JSONL:
                value = {"sighting": one.id, "text": one.text, "action": action, "fires": verdict.fires}
                print(json.dumps(value | {"reasons": list(verdict.reasons)}))
                continue
            what = "would fire" if verdict.fires else f"no: {'; '.join(verdict.reasons)}"
            rows.append(
                [str(one.id), local(one.first_seen), plate_text(one.text), shown(action), shown(what)]
            )
    if output is Format.JSONL:
        return
    if rows:
        print(table(["id", "first seen", "plate", "action", "what it would have done"], rows, right=("id",)))
        print()
    for action in known if name is None else [name]:
        print(f"{shown(action)}: would have been set off by {fired[action]} of {judged} sightings")
    if not known:
        print("There are no actions.")
