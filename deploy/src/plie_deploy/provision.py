"""Makes the broker hold what the declaration says: SCRAM users, topics, ACLs. Adds what is missing, changes nothing else."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from plie_contracts.declaration import Acl, Declaration, TopicSpec

T = TypeVar("T")

_TIMEOUT = 60.0
_AT_ONCE = 200
_ANY = cast(str, None)  # what the filter takes for "any", although its annotation does not say so


def provision(admin_config: Mapping[str, Any], declaration: Declaration, passwords: Mapping[str, str]) -> None:
    """Creates what a single broker lacks of the declaration; `passwords` by principal."""
    admin = AdminClient(dict(admin_config))
    create_users(admin, {principal: passwords[principal] for principal in declaration.principals()})
    create_topics(admin, declaration.topics(demo=True))
    create_acls(admin, declaration.acls())


def create_users(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    asked = admin.describe_user_scram_credentials(request_timeout=_TIMEOUT)
    assert isinstance(asked, Future)  # of all users, as none is named
    known = asked.result(_TIMEOUT)
    mechanism = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    additions: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(user, mechanism, password.encode())
        for user, password in passwords.items()
        if user not in known
    ]
    if additions:
        _all(admin.alter_user_scram_credentials(additions, request_timeout=_TIMEOUT))


def create_topics(admin: AdminClient, topics: Sequence[TopicSpec]) -> None:
    known = admin.list_topics(timeout=_TIMEOUT).topics
    missing = [
        NewTopic(topic.name, topic.partitions, topic.replication, config=dict(topic.config))
        for topic in topics
        if topic.name not in known
    ]
    for portion in _portions(missing):
        _all(admin.create_topics(portion, request_timeout=_TIMEOUT), ignoring=KafkaError.TOPIC_ALREADY_EXISTS)


def create_acls(admin: AdminClient, acls: Sequence[Acl]) -> None:
    """Returns once the broker applies them: the controller answers a little earlier than that."""
    wanted = {_binding(acl) for acl in acls}
    principals = {binding.principal for binding in wanted}
    missing = wanted - _known(admin, principals)
    for portion in _portions(list(missing)):
        _all(admin.create_acls(portion, request_timeout=_TIMEOUT))
    deadline = time.monotonic() + _TIMEOUT
    while missing and not missing <= _known(admin, principals):
        if time.monotonic() > deadline:
            raise TimeoutError("the broker does not apply the rights it was given")
        time.sleep(0.02)


def remove(admin_config: Mapping[str, Any], declaration: Declaration) -> None:
    """Takes away the topics and rights of a declaration that nobody uses any more."""
    admin = AdminClient(dict(admin_config))
    names = [topic.name for topic in declaration.topics()]
    for portion in _portions(names):
        _all(admin.delete_topics(portion, request_timeout=_TIMEOUT), ignoring=KafkaError.UNKNOWN_TOPIC_OR_PART)
    _all(admin.delete_acls([_all_of(f"User:{name}") for name in declaration.principals()], request_timeout=_TIMEOUT))


def _portions(asked: Sequence[T]) -> Iterator[list[T]]:
    """A controller refuses what it can not write to its log at once: 50 organisations are too much for one request."""
    for first in range(0, len(asked), _AT_ONCE):
        yield list(asked[first : first + _AT_ONCE])


def _known(admin: AdminClient, principals: Collection[str]) -> set[AclBinding]:
    answers = [admin.describe_acls(_all_of(principal), request_timeout=_TIMEOUT) for principal in principals]
    return {binding for answer in answers for binding in answer.result(_TIMEOUT)}


def _binding(acl: Acl) -> AclBinding:
    return AclBinding(
        ResourceType[acl.resource.upper()],
        acl.name,
        ResourcePatternType.LITERAL,
        f"User:{acl.principal}",
        "*",
        AclOperation[acl.operation.upper()],
        AclPermissionType.ALLOW,
    )


def _all_of(principal: str) -> AclBindingFilter:
    return AclBindingFilter(
        ResourceType.ANY,
        _ANY,
        ResourcePatternType.ANY,
        principal,
        _ANY,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def _all(futures: Mapping[Any, Future[Any]], *, ignoring: int | None = None) -> None:
    for future in futures.values():
        try:
            future.result(timeout=_TIMEOUT)
        except KafkaException as error:
            if error.args[0].code() != ignoring:
                raise
