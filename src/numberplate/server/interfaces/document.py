"""JSON without a picture as a parameter of a route. FastAPI's own bodies have no limit, and are parsed on the
event loop; no route has one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel

from numberplate.server.services import services
from numberplate.server.uploads.body import read_document

Document = TypeVar("Document", bound=BaseModel)


def document_of(kind: type[Document]) -> Callable[[Request], Awaitable[Document]]:
    """For `Depends`: the body of a request as a document of that kind. See `read_document` for errors."""

    async def read(request: Request) -> Document:
        shared = services(request)
        with shared.reads.memory.upload() as upload:
            return await read_document(request, kind, shared.settings, upload)

    return read
