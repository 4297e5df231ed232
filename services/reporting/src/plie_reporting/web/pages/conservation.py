"""Conservation: nobody is lost, shown live."""

from typing import Any

from litestar import Request, get

from plie_chassis.web import Edge, Page, page
from plie_contracts.streams import parse_topic
from plie_reporting.domain.conservation import Conservation
from plie_reporting.log_ends import LOG_ENDS
from plie_reporting.queries import conservation
from plie_reporting.web import wording
from plie_reporting.web.access import ANALYSTS


@get("/conservation", guards=[ANALYSTS])
async def show_conservation(edge: Edge, request: Request[Any, Any, Any]) -> Page:
    """The page; asked by htmx, its live part alone."""
    ends = await LOG_ENDS.read()
    async with edge.read() as work:
        found = await conservation.take_stock(ends, work)
        template = (
            "reporting/conservation_now.html" if "hx-request" in request.headers else "reporting/conservation.html"
        )
        return page(template, found=found, now=work.now, families=wording.FAMILIES, streams=_by_topic(found))


def _by_topic(found: Conservation) -> list[dict[str, Any]]:
    """A line a topic, its partitions added up; those of facts first."""
    topics: dict[str, dict[str, Any]] = {}
    for stream in found.streams:
        parsed = parse_topic(stream.topic)
        line = topics.setdefault(
            stream.topic,
            {
                "topic": stream.topic,
                "of_facts": parsed is not None and parsed.family in wording.FAMILIES,
                "partitions": 0,
                "applied": 0,
                "lag": 0,
                "parked": 0,
                "refused": 0,
            },
        )
        line["partitions"] += 1
        line["applied"] += stream.applied_offset
        line["lag"] = None if stream.lag is None or line["lag"] is None else line["lag"] + stream.lag
        line["parked"] += stream.parked
        line["refused"] += stream.refused
    return sorted(topics.values(), key=lambda line: (not line["of_facts"], line["topic"]))
