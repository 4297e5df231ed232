"""Pages in the look of the platform: Jinja templates, compiled once, with what every page knows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from litestar import Request
from litestar.enums import MediaType
from litestar.response import Redirect, Template
from litestar.response.base import ASGIResponse
from markupsafe import Markup, escape

from plie_chassis import calendar
from plie_chassis.typesetting import typeset
from plie_chassis.web import charts, typography
from plie_chassis.web.forms import Form
from plie_chassis.web.guards import CSRF_FIELD, visit_of
from plie_chassis.web.navigation import Link, initials, places
from plie_chassis.web.static_files import address
from plie_contracts.vocabulary import label


class Page(Template):
    """A template with the frame's own variables: who is signed in, where they are, and the form token."""

    def create_template_context(self, request: Request[Any, Any, Any]) -> dict[str, Any]:
        visit, frame = visit_of(request), request.app.state.frame
        actor = visit.actor if visit and visit.signed_in else None
        path = request.scope["path"]
        return {
            "actor": actor,
            "csrf": csrf_field(visit.csrf if visit else ""),
            "csrf_token": visit.csrf if visit else "",
            "notice": visit.signed_in.notice if visit and visit.signed_in else None,
            "initials": initials(actor.display_name) if actor else "",
            "roles": ", ".join(name for role, name in frame.roles.items() if role in actor.roles) if actor else "",
            "places": places(frame.links, actor, path, visit.counts) if visit and actor else (),
            "service_title": frame.title,
            "organisation": frame.organisation,
            "path": path,
            "query": request.query_params,
            **self.context,
        }

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> ASGIResponse:
        """A refused form is written twice: what is wrong stands before the fields, which alone know their labels."""
        if any(isinstance(value, Form) and value.errors for value in self.context.values()):
            super().to_asgi_response(app, request, **options)
        return super().to_asgi_response(app, request, **options)


def page(template: str, *, status: int | None = None, **context: Any) -> Page:
    """A page of the service. With a refused `form` or a `problem` in its context it answers with that status."""
    form = context.get("form")
    problem = context.get("problem") or (form.problem if isinstance(form, Form) else None)
    return Page(
        template,
        context=context,
        status_code=status or (problem.status if problem else 200),
        media_type=MediaType.HTML,
    )


class SeeOther(Redirect):
    """After a POST. htmx is told to go there itself, as it would put the next page inside the present one."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> ASGIResponse:
        if "hx-request" not in request.headers:
            return super().to_asgi_response(app, request, **options)
        options.update(headers={**(options.get("headers") or {}), "HX-Redirect": self.url}, status_code=204)
        return ASGIResponse(body=b"", **{name: options[name] for name in ("headers", "status_code")})


def redirect(path: str) -> Redirect:
    """To a page of ours, with 303."""
    return SeeOther(path, status_code=303)


def csrf_field(token: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token) if token else Markup()


def icon(name: str, css: str = "") -> Markup:
    """A drawing of the sprite. It says nothing by itself: a word stands beside it."""
    classes = escape(f"icon {css}".strip())
    return Markup('<svg class="{}" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>').format(
        classes, name
    )


@cache
def sprite() -> Markup:
    return Markup((files("plie_chassis.web") / "templates" / "plie" / "sprite.svg").read_text(encoding="utf-8"))  # noqa: S704 - our own file


def environment(package: str) -> Environment:
    """Templates of the service (`<package>/web/templates`) before those of the look (`plie/…`)."""
    look = PackageLoader("plie_chassis", "web/templates")
    loaders = [look] if package == "plie_chassis" else [PackageLoader(package, "web/templates"), look]
    made = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        extensions=[Typesetting],
    )
    made.filters.update(
        long_date=lambda value: calendar.long_date(_civil(value)),
        short_date=lambda value: calendar.short_date(_civil(value)),
        weekday_date=lambda value: calendar.weekday_date(_civil(value)),
        long_month=lambda value: calendar.long_month(_civil(value)),
        clock_time=calendar.clock_time,
        number=typography.number,
        percent=typography.percent,
        count=typography.count,
        capitalize=typography.capitalized,
        label=lambda code, vocabulary: label(vocabulary, code),
        query=_query,
        code=_code,
    )
    made.globals.update(icon=icon, static=address, sprite=sprite, label=label, charts=charts, blank_form=Form())
    return made


class Typesetting(Extension):
    """Sets what templates say in French, so that nobody types an unbreakable space by hand."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            yield Token(token.lineno, token.type, typeset(token.value)) if token.type in {"data", "string"} else token


def _civil(value: date) -> date:
    return calendar.paris_date(value) if isinstance(value, datetime) else value


def _query(params: Any, **changes: object) -> str:
    """`?…` with the present parameters and these changes; None takes one away."""
    kept: Sequence[tuple[str, str]] = [(name, value) for name, value in params.multi_items() if name not in changes]
    changed = [(name, str(value)) for name, value in changes.items() if value is not None]
    text = urlencode([*kept, *changed])
    return f"?{text}" if text else "?"


def _code(text: str) -> Markup:
    """`so` in a docstring is code on the page."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped first


class Frame:
    """What all pages of one instance share."""

    def __init__(self, *, title: str, organisation: str, links: Sequence[Link], roles: Mapping[str, str]) -> None:
        self.title = title
        self.organisation = organisation
        self.links = links
        self.roles = roles
