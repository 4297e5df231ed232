"""The orientation service, put together by hand."""

from plie_chassis.service import Service
from plie_chassis.web import Link
from plie_orientation.background import BACKGROUND
from plie_orientation.settings import Settings
from plie_orientation.subscriptions import SUBSCRIPTIONS
from plie_orientation.tables import Base
from plie_orientation.web import api, pages
from plie_orientation.web.access import PRESCRIBER

SERVICE = Service(
    name="orientation",
    title="Orientation",
    package="plie_orientation",
    metadata=Base.metadata,
    settings=Settings,
    subscriptions=SUBSCRIPTIONS,
    background=BACKGROUND,
    routes=(*api.ROUTES, pages.ROUTES),
    navigation=(
        Link("Mes orientations", "/", roles=frozenset({PRESCRIBER}), icon="file"),
        Link("Orienter", "/orientations/nouvelle", roles=frozenset({PRESCRIBER}), icon="plus"),
        Link("Importer", "/imports", roles=frozenset({PRESCRIBER}), icon="upload"),
        Link("Webhooks", "/webhooks", roles=frozenset({"admin"}), icon="tray"),
    ),
    counts=pages.counts,
    roles={PRESCRIBER: "Prescripteur", "admin": "Administration"},
    open_to_others=True,
)
