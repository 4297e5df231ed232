"""Sign-in at `/connexion`, sign-out at `/deconnexion`."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from plie_chassis.accounts import sessions
from plie_chassis.problems import FieldError, Invalid, Problem
from plie_chassis.web.forms import Form
from plie_chassis.web.guards import cookie_name, gate_of, public, signed_in
from plie_chassis.web.pages import Page, page, redirect

AnyRequest = Request[Any, Any, Any]


@get("/connexion", guards=[public], include_in_schema=False)
async def show_sign_in(request: AnyRequest) -> Page:
    return page("plie/sign-in.html", form=Form(), after=_ours(request.query_params.get("suite", "/")))


@post("/connexion", guards=[public], include_in_schema=False)
async def sign_in(request: AnyRequest) -> Response[Any]:
    gate, form = gate_of(request), await Form.sent_with(request)
    after = _ours(form.value("suite") or "/")
    address = request.client.host if request.client else "unknown"
    try:
        login, password = _both(form)
        token, _actor = await sessions.sign_in(gate.units, login, password, address)
        await _close(request)
    except Problem as problem:
        again = Form.of({"login": form.value("login")}).refused(problem)
        response: Response[Any] = page("plie/sign-in.html", form=again, after=after)
        if retry_after := getattr(problem, "retry_after", None):
            response.headers["Retry-After"] = str(retry_after)
        return response
    return _with_cookie(redirect(after), request, token)


@post("/deconnexion", guards=[signed_in()], include_in_schema=False)
async def sign_out(request: AnyRequest) -> Response[Any]:
    await _close(request)
    return _with_cookie(redirect("/connexion"), request, "")


async def _close(request: AnyRequest) -> None:
    """The session that this browser had, if any."""
    if token := request.cookies.get(cookie_name(request)):
        async with gate_of(request).units.engine.begin() as connection:
            await sessions.close(connection, token)


def _both(form: Form) -> tuple[str, str]:
    missing = [
        FieldError(name, "field.missing", rule)
        for name, rule in (("login", "Indiquez votre identifiant."), ("password", "Indiquez votre mot de passe."))
        if not form.value(name).strip()
    ]
    if missing:
        raise Invalid("Indiquez votre identifiant et votre mot de passe.", errors=missing)
    return form.value("login"), form.value("password")


def _ours(address: str) -> str:
    """Only a path of this site; `//elsewhere` and `/\\elsewhere` are other sites to a browser."""
    local = address.startswith("/") and address.isprintable() and not address.startswith(("//", "/\\"))
    return address if local else "/"


def _with_cookie(response: Response[Any], request: AnyRequest, token: str) -> Response[Any]:
    name = cookie_name(request)
    response.cookies.append(
        Cookie(
            key=name,
            value=token,
            path="/",
            httponly=True,
            samesite="lax",
            secure=name.startswith("__Host-"),
            max_age=None if token else 0,
        )
    )
    return response
