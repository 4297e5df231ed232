"""The admission service, put together by hand."""

from plie_admission.settings import Settings
from plie_admission.subscriptions import SUBSCRIPTIONS
from plie_admission.tables import Base
from plie_admission.web import api, pages
from plie_chassis.service import Service
from plie_chassis.web import Link

SERVICE = Service(
    name="admission",
    title="Commission d’admission",
    package="plie_admission",
    metadata=Base.metadata,
    settings=Settings,
    subscriptions=SUBSCRIPTIONS,
    routes=(*api.ROUTES, *pages.ROUTES),
    navigation=(
        Link("Dossiers reçus", "/", icon="tray"),
        Link("Séances", "/seances", icon="calendar"),
        Link("Statistiques", "/statistiques", icon="grid"),
    ),
    counts=pages.counts,
    roles={"secretary": "Secrétariat de la CLAS", "member": "Membre de la CLAS", "admin": "Administration"},
)
