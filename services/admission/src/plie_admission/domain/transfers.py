"""A file sent to the wrong commission goes to the right one, with its history; the identity follows it there alone.

The prescriber goes on speaking with the commission it chose, which passes on what the other one says.
"""

from collections.abc import Sequence, Set
from datetime import date

from plie_admission.domain import files
from plie_admission.domain.files import EXAMINABLE, LABELS, File, Status
from plie_chassis.problems import Conflict, FieldError, Invalid
from plie_contracts.events import OrientationTransferred
from plie_contracts.vocabulary import codes


class CommissionUnknown(Invalid):
    code = "transfer.commission-unknown"
    title = "Commission à choisir"


class TransferReasonMissing(Invalid):
    code = "transfer.reason-missing"
    title = "Motif à indiquer"


class TransferTooLate(Conflict):
    code = "transfer.file-decided"
    title = "Dossier déjà décidé"


def transfer(
    file: File, *, clas: str, to: str, reason_code: str, others: Set[str], today: date
) -> OrientationTransferred:
    """From this commission (`clas`) to one of the `others`, until a decision is published.

    Raises FileWithdrawn, FileRedirected, FileTransferred, TransferTooLate, CommissionUnknown, TransferReasonMissing.
    """
    files.is_still_addressed_here(file)
    if file.decisions or file.status not in EXAMINABLE | {Status.IN_COMMISSION}:
        raise TransferTooLate(
            f"Cette commission a déjà décidé du dossier de {file.name} ({LABELS[file.status]}) : il reste chez elle."
        )
    if to not in others:
        raise _refusal(CommissionUnknown, "to", "Choisissez la commission qui examinera le dossier.")
    if reason_code not in codes("transfer-reason"):
        raise _refusal(TransferReasonMissing, "reason_code", "Indiquez pourquoi le dossier change de commission.")
    return OrientationTransferred.model_validate(
        {
            "orientation_id": file.orientation_id,
            "from": clas,
            "to": to,
            "transferred_on": today,
            "reason_code": reason_code,
        }
    )


def in_order(
    examines: str | None, awaiting: Sequence[OrientationTransferred]
) -> tuple[list[OrientationTransferred], list[OrientationTransferred]]:
    """Those that follow on from the commission that examines the file, and those whose predecessor is still to come.

    Each commission's transfers come on its own topic, so that the second may be read before the first.
    """
    followed, left = [], list(awaiting)
    while (following := next((one for one in left if one.from_ == examines), None)) is not None:
        left.remove(following)
        followed.append(following)
        examines = following.to
    return followed, left


def _refusal(problem: type[Invalid], path: str, message: str) -> Invalid:
    return problem(message, errors=[FieldError(path, problem.code, message)])
