"""The API says in French what it answers."""

from plie_chassis.web import openapi
from plie_deploy.testing.descriptions import described_in_vain, undescribed
from plie_reporting.app import SERVICE
from plie_reporting.web.api.meanings import MEANINGS


def test_every_operation_model_field_and_parameter_is_described() -> None:
    assert undescribed(openapi.document(SERVICE), MEANINGS) == []


def test_nothing_is_described_that_the_api_does_not_have() -> None:
    assert described_in_vain(openapi.document(SERVICE), MEANINGS) == set()
