"""What clients may send, and how a page of results is answered."""

from typing import Annotated, Any, TypeVar

from flask import request
from flask_sqlalchemy.pagination import Pagination
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

MAX_ID = 2**31 - 1  # PostgreSQL's integer
MAX_QUANTITY = 10_000


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("NUL characters cannot be stored")  # PostgreSQL refuses them in text
    return text


Text = Annotated[str, AfterValidator(_no_nul), Field(json_schema_extra={"pattern": r"^[^\x00]*$"})]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Credentials(Body):
    email: Annotated[Text, Field(max_length=254)]
    password: Annotated[Text, Field(max_length=1024)]


class OrderLineIn(Body):
    product_id: Annotated[int, Field(ge=1, le=MAX_ID)]
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class OrderIn(Body):
    lines: Annotated[list[OrderLineIn], Field(min_length=1, max_length=100)]
    reference: Annotated[Text, Field(max_length=64)] | None = None


class PageQuery(BaseModel):
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 20


B = TypeVar("B", bound=Body)


def read_body(schema: type[B]) -> B:
    """Read the request's JSON body; a bad one raises what `errors` answers with 400, 415 or 422."""
    if not request.is_json:
        raise UnsupportedMediaType("The body must be JSON, with Content-Type: application/json.")
    body = request.get_data()
    # Of a body that comes without its length, Werkzeug drops what is over the limit, in silence.
    if request.content_length is None and len(body) == request.max_content_length:
        raise RequestEntityTooLarge
    return schema.model_validate_json(body)


def read_page() -> PageQuery:
    return PageQuery.model_validate(request.args.to_dict())


def page_body(page: Pagination) -> dict[str, Any]:
    return {
        "items": [item.to_dict() for item in page.items],
        "page": page.page,
        "per_page": page.per_page,
        "pages": page.pages,
        "total": page.total,
    }
