"""The API describes itself: what each operation, model, field and parameter means, in French."""

from plie_admission.app import SERVICE
from plie_admission.web.api.meanings import MEANINGS
from plie_chassis.web import openapi
from plie_contracts.vocabulary import VOCABULARIES

DESCRIBED = openapi.document(SERVICE)
SCHEMAS = DESCRIBED["components"]["schemas"]
OPERATIONS = [operation for item in DESCRIBED["paths"].values() for operation in item.values()]
PARAMETERS = [parameter for operation in OPERATIONS for parameter in operation.get("parameters", [])]
FIELDS = {(model, name): field for model, one in SCHEMAS.items() for name, field in one.get("properties", {}).items()}


def test_every_operation_model_field_and_parameter_is_described() -> None:
    told = {
        **{operation["operationId"]: operation for operation in OPERATIONS},
        **SCHEMAS,
        **FIELDS,
        **{parameter["name"]: parameter for parameter in PARAMETERS},
    }
    assert [name for name, one in told.items() if not one.get("description")] == []


def test_no_model_is_described_in_the_words_of_the_code() -> None:
    assert SCHEMAS.keys() - MEANINGS.keys() == {"Problem"}


def test_nothing_is_described_that_the_api_does_not_have() -> None:
    names = {name for model, field in FIELDS for name in (field, f"{model}.{field}")}
    assert MEANINGS.keys() - names - SCHEMAS.keys() - {parameter["name"] for parameter in PARAMETERS} == set()


def test_a_code_of_a_request_is_described_by_its_vocabulary() -> None:
    (code, _) = FIELDS["DecisionBody", "plus_value_code"]["anyOf"]
    assert code["enum"] == list(VOCABULARIES["plus-value"])
    assert "`levee-freins` (levée des freins)" in FIELDS["DecisionBody", "plus_value_code"]["description"]
