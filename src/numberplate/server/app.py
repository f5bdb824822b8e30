"""The web application: its routes behind the guard, and what they share."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from importlib import resources
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect

from numberplate import __version__
from numberplate.plates.formats import RegionError
from numberplate.server.installed.cameras import Cameras
from numberplate.server.interfaces import api, cameras, codeproject, openalpr, plate_recognizer
from numberplate.server.interfaces import sightings as sightings_routes
from numberplate.server.metrics import Metrics
from numberplate.server.middleware.admission import Admission
from numberplate.server.middleware.guard import Guard
from numberplate.server.middleware.observe import Observe
from numberplate.server.middleware.secure_headers import SecureHeaders
from numberplate.server.readiness import Readiness
from numberplate.server.refusal import Refusal, respond
from numberplate.server.services import Services
from numberplate.server.settings import NO_DATABASE, Settings, SettingsError
from numberplate.server.tokens import Token, Tokens
from numberplate.server.uploads.memory import UploadMemory
from numberplate.server.workers.archive import Keeper
from numberplate.server.workers.pool import Pool
from numberplate.server.workers.reading import Reads
from numberplate.server.workers.sources import Sources
from numberplate.server.workers.worker import ReaderSettings
from numberplate.sightings import BusyError, EntryExistsError, Sightings, SightingsError
from numberplate.sightings.spool import Spool, spool_folder

log = logging.getLogger("numberplate.server")

_QUERY_THREADS = 8
"""In which the database is asked: each waits for the disk most of the time."""

_DATABASE_SECONDS = 5.0
"""To wait for a database that another program has locked; a client does not wait longer."""

_SEARCH_SECONDS = 20.0
"""That looking for something in the database may take: who asks for much holds up all others meanwhile."""

_DATABASE_RETRY_SECONDS = 5


def create_app(settings: Settings, installation: Path | None = None) -> FastAPI:
    """The application. Networks and database are opened here, so that a fault shows before the first request.

    `installation`: the file whose cameras are shown with their zones, which may be changed in it.

    Raises WeightsError, DeviceError, SightingsError or SettingsError where they cannot be.
    """
    with ExitStack() as opened:  # which closes what is open where the next cannot be opened
        shared = _open(settings, installation, opened)
        close = opened.pop_all().close

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _QUERY_THREADS
        try:
            yield
        finally:
            close()

    app = FastAPI(
        title="numberplate",
        version=__version__,
        description="Reads vehicle number plates, and shows what was seen.",
        openapi_url="/api/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        middleware=_middleware(shared),
    )
    app.state.services = shared
    for router in (
        api.router,
        plate_recognizer.router,
        codeproject.router,
        openalpr.router,
        sightings_routes.router,
        cameras.router,
    ):
        app.include_router(router)
    _add_page(app)
    _add_faults(app)
    return app


def _open(settings: Settings, installation: Path | None, opened: ExitStack) -> Services:
    """What the routes share. `opened` gets what closes it, in the order in which it has to end."""
    sightings = keeper = sources = None
    if settings.database != NO_DATABASE:
        sightings = Sightings(
            settings.database,
            timeout=_DATABASE_SECONDS,
            query_seconds=_SEARCH_SECONDS,
            # Nobody sits before an installation: its server reads pictures while the database is away.
            at_once=installation is None,
        )
        opened.callback(sightings.close)
    if settings.keep_uploads and sightings is not None:
        folder = settings.waiting or spool_folder(sightings)
        spool = Spool(sightings, folder, int(settings.waiting_megabytes * 1_000_000))
        keeper = Keeper(spool)
        opened.callback(keeper.close)
        sources = Sources(sightings, lambda: spool.held > 0, settings.max_sources)
        opened.callback(sources.close)
    try:
        pool = Pool(
            ReaderSettings(
                settings.weights,
                settings.min_confidence,
                settings.candidates,
                settings.max_megapixels,
                settings.regions,
                settings.device,
            ),
            settings.worker_count,
            settings.queue,
            settings.read_seconds,
            settings.read_megabytes,
            settings.queue_seconds,
        )
    except RegionError as error:
        raise SettingsError(f"regions: {error}") from error
    opened.callback(pool.close)
    readiness = Readiness(pool, sightings, keeper)
    opened.callback(readiness.close)
    metrics = Metrics(lambda: pool.accepted, pool.places)
    return Services(
        settings=settings,
        tokens=Tokens(map(Token.parse, settings.tokens)),
        pool=pool,
        metrics=metrics,
        reads=Reads(pool, metrics, UploadMemory(int(settings.upload_memory_megabytes * 1_000_000))),
        sightings=sightings,
        keeper=keeper,
        sources=sources,
        readiness=readiness,
        cameras=None if installation is None else Cameras(installation),
    )


def _middleware(shared: Services) -> list[Middleware]:
    settings = shared.settings
    found = [
        Middleware(Observe, metrics=shared.metrics, plates=settings.log_plates),
        Middleware(
            SecureHeaders,
            cross_origin=bool(settings.cors_origins),
            https=settings.tls_certificate is not None,
        ),
    ]
    if settings.cors_origins:
        # No cookie from there: other sites show a token of their own.
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "DELETE"],
                allow_headers=["Authorization", "Content-Type"],
            )
        )
    guard = Middleware(Guard, settings=settings, tokens=shared.tokens)
    return [*found, guard, Middleware(Admission, pool=shared.pool)]


def _add_page(app: FastAPI) -> None:
    folder = Path(str(resources.files("numberplate.server").joinpath("page")))

    async def index() -> FileResponse:
        return FileResponse(folder / "index.html", headers={"Cache-Control": "no-cache"})

    async def icon() -> RedirectResponse:
        return RedirectResponse("/page/icon.svg")

    app.add_api_route("/", index, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/favicon.ico", icon, include_in_schema=False)
    app.mount("/page", _Assets(directory=folder), "page")


class _Assets(StaticFiles):
    """Files that a browser keeps, and asks each time whether they are still the same."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """As `StaticFiles.file_response`."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


def _add_faults(app: FastAPI) -> None:
    """Every refusal in the shape of its interface; also those that FastAPI and we did not foresee."""

    async def refused(request: Request, error: Exception) -> Response:
        return respond(request.url.path, error if isinstance(error, Refusal) else _refusal(error))

    handler: Callable[[Request, Exception], Awaitable[Response]] = refused
    for kind in (Refusal, HTTPException, RequestValidationError, SightingsError, Exception):
        app.add_exception_handler(kind, handler)

    async def gone(_: Request, __: Exception) -> Response:
        # To nobody; the number is nginx's, for the log.
        return Response(status_code=499)

    app.add_exception_handler(ClientDisconnect, gone)


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, HTTPException):
        return Refusal(error.status_code, error.detail, error.headers)
    if isinstance(error, RequestValidationError):
        details = [f"{'.'.join(map(str, d['loc'][1:])) or 'body'}: {d['msg']}" for d in error.errors()]
        return Refusal(422, "; ".join(details))
    if isinstance(error, EntryExistsError):
        return Refusal(409, f"{error.pattern} is on the {error.kind} list already")
    if isinstance(error, BusyError):
        log.error("the database of sightings: %s", error)
        headers = {"Retry-After": str(_DATABASE_RETRY_SECONDS)}
        return Refusal(503, "the database of sightings is busy; try again later", headers)
    if isinstance(error, SightingsError):
        log.error("the database of sightings: %s", error)
        return Refusal(503, "the database of sightings cannot be used; the server's log says why")
    return Refusal(500, "a fault of the server; its log has more")
