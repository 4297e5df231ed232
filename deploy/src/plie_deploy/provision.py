"""Makes the broker hold what the declaration says: SCRAM users, topics, ACLs. Adds what is missing, changes nothing else."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from confluent_kafka.cimpl import NewTopic

from plie_contracts.declaration import Acl, Declaration, TopicSpec

_TIMEOUT = 30.0


def provision(admin_config: Mapping[str, Any], declaration: Declaration, passwords: Mapping[str, str]) -> None:
    """Creates what a single broker lacks of the declaration; `passwords` by principal."""
    admin = AdminClient(dict(admin_config))
    create_users(admin, {principal: passwords[principal] for principal in declaration.principals()})
    create_topics(admin, declaration.topics(demo=True))
    create_acls(admin, declaration.acls())


def create_users(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    known = admin.describe_user_scram_credentials(request_timeout=_TIMEOUT).result()
    mechanism = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    additions = [
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
    if missing:
        _all(
            admin.create_topics(missing, request_timeout=_TIMEOUT),
            ignoring=KafkaError.TOPIC_ALREADY_EXISTS,
        )


def create_acls(admin: AdminClient, acls: Sequence[Acl]) -> None:
    # The broker keeps a set: adding a rule that is there changes nothing.
    if acls:
        _all(admin.create_acls([_binding(acl) for acl in acls], request_timeout=_TIMEOUT))


def remove(admin_config: Mapping[str, Any], declaration: Declaration) -> None:
    """Takes away the topics and rights of a declaration that nobody uses any more."""
    admin = AdminClient(dict(admin_config))
    names = [topic.name for topic in declaration.topics()]
    _all(admin.delete_topics(names, request_timeout=_TIMEOUT), ignoring=KafkaError.UNKNOWN_TOPIC_OR_PART)
    _all(admin.delete_acls([_all_of(principal) for principal in declaration.principals()], request_timeout=_TIMEOUT))


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
        None,
        ResourcePatternType.ANY,
        f"User:{principal}",
        None,
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
