"""Who is let in: the names the server answers to, other sites' pages, and tokens."""

import base64
import binascii
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from numberplate.server.refusal import OPENALPR, Refusal, respond
from numberplate.server.settings import Settings
from numberplate.server.tokens import Role, Tokens

COOKIE = "numberplate_token"
"""The page's: a picture that it shows is asked for without headers of its own."""

OPEN = ("/", "/favicon.ico", "/healthz", "/readyz", "/api/session")
OPEN_BELOW = "/page/"
"""What needs no token: the page without what it shows, and whether the server is well."""

_MOST_PARAMETERS = 100
"""Of an address."""

_SAFE = ("GET", "HEAD", "OPTIONS")


class Guard:
    """ASGI middleware that refuses requests before anything of them is read.

    - 421 for a Host that is none of the server's: a site whose name was made to point at this machine.
    - 403 for a request that another site's page makes, unless its origin is allowed.
    - 403 where a proxy passes on what others send, and no token is set: loopback alone protects nothing then.
    - 401 without a token, 403 with a wrong one or one that does not permit what is asked, 429 after too many
      wrong ones. Clients show it as `Authorization: Token …` or `Bearer …`, as
      the password of `Basic …`, in the page's cookie, or as `secret_key` where OpenALPR's clients do.
    """

    def __init__(self, app: ASGIApp, settings: Settings, tokens: Tokens):
        self._app = app
        self._settings = settings
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] == "http":
            try:
                self._check(scope)
            except Refusal as refusal:
                await respond(scope["path"], refusal)(scope, receive, send)
                return
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        hosts = self._settings.hosts
        if hosts and host_name(headers.get("host", "")) not in hosts:
            raise Refusal(421, "this server is not known by that name; see allowed_hosts in its settings")
        self._check_site(scope["method"], headers)
        if not self._tokens.needed:
            if "x-forwarded-for" in headers or "forwarded" in headers:
                raise Refusal(403, "a proxy passes on requests to this server, so it has to have tokens")
            return
        if scope["path"] in OPEN or scope["path"].startswith(OPEN_BELOW):
            return
        token = shown_token(headers)
        if token is None and scope["path"].startswith(OPENALPR):
            token = secret_key(scope["query_string"])
        if token is None:
            raise Refusal(401, "a token is needed", {"WWW-Authenticate": "Token"})
        role = needed_role(scope["method"], scope["path"])
        if not self._tokens.find(token, client_of(scope)).permits(role):
            raise Refusal(403, f"the token does not permit this: it lacks the role {role}")

    def _check_site(self, method: str, headers: Headers) -> None:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin in self._settings.cors_origins:
            return
        if site is not None:
            # Of what other sites' pages ask for, a link to the page is all that is ours to give.
            link = headers.get("sec-fetch-mode") == "navigate" and method in _SAFE
            foreign = site not in ("same-origin", "none") and not link
        else:
            foreign = origin is not None and origin_host(origin) != headers.get("host", "")
        if foreign:
            raise Refusal(403, "a page of another site asks for this; see cors_origins in the settings")


def client_of(scope: Scope) -> str:
    """The address that a request comes from."""
    return scope["client"][0] if scope.get("client") else ""


def needed_role(method: str, path: str) -> Role | None:
    """What a token has to permit for a request; None: any token will do."""
    if path == "/api/about":
        return None
    if path.startswith(("/v1/", *OPENALPR)) or path == "/api/read":
        return "write"
    if path.startswith("/api/cameras/") and path.endswith("/frame.jpg"):
        return "admin"  # a camera is opened, and shows more than what was kept
    return "read" if method in _SAFE else "admin"


def origin_host(origin: str) -> str | None:
    """The name and port in an Origin header; None where it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as http://[
        return None


def host_name(host: str) -> str:
    """The name or address in a Host header, in lower case, without port and without an address's brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def secret_key(query: bytes) -> str | None:
    """The parameter in which OpenALPR's clients show their key; None where there is none."""
    try:
        found = parse_qs(query.decode("latin-1"), max_num_fields=_MOST_PARAMETERS).get("secret_key")
    except ValueError:  # more parameters than anybody sends
        return None
    return found[-1] if found else None


def shown_token(headers: Headers) -> str | None:
    """The token that a request shows; None where it shows none."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    value = value.strip()
    if scheme.lower() in ("token", "bearer") and value:
        return value
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return None
    return cookie_parser(headers.get("cookie", "")).get(COOKIE)
