"""Makes the broker hold what the declaration says: SCRAM users, topics, ACLs. Adds what is missing, changes nothing else."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
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


def provision(
    admin_config: Mapping[str, Any],
    declaration: Declaration,
    passwords: Mapping[str, str],
    *,
    topic_overrides: Mapping[str, str] | None = None,
) -> None:
    """Creates what is missing; `passwords` by principal. `topic_overrides` win over the declaration's topic settings."""
    admin = AdminClient(dict(admin_config))
    create_users(admin, {principal: passwords[principal] for principal in declaration.principals()})
    create_topics(admin, declaration.topics(), topic_overrides or {})
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


def create_topics(admin: AdminClient, topics: Sequence[TopicSpec], overrides: Mapping[str, str]) -> None:
    known = admin.list_topics(timeout=_TIMEOUT).topics
    missing = [
        NewTopic(topic.name, topic.partitions, 1, config={**topic.config, **overrides})
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


def remove_topics(admin_config: Mapping[str, Any], names: Sequence[str]) -> None:
    if names:
        _all(
            AdminClient(dict(admin_config)).delete_topics(list(names), request_timeout=_TIMEOUT),
            ignoring=KafkaError.UNKNOWN_TOPIC_OR_PART,
        )


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


def _all(futures: Mapping[Any, Future[Any]], *, ignoring: int | None = None) -> None:
    for future in futures.values():
        try:
            future.result(timeout=_TIMEOUT)
        except KafkaException as error:
            if error.args[0].code() != ignoring:
                raise
