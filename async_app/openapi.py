"""The OpenAPI document: what clients may send is told by `schemas`, the answers are told here.

That it is true is tested: each stack's answers to generated requests are compared with it.
"""

from typing import Any

from pydantic.json_schema import models_json_schema

from .schemas import MAX_ID, Credentials, OrderIn, PageQuery

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_INTEGER: Json = {"type": "integer"}
_STRING: Json = {"type": "string"}


def _object(properties: Json, optional: tuple[str, ...] = ()) -> Json:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _ref(model: str) -> Json:
    return {"$ref": _REF.format(model=model)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _page_of(model: str) -> Json:
    counts = dict.fromkeys(("page", "per_page", "pages", "total"), _INTEGER)
    return _object({"items": _list(_ref(model)), **counts})


_, _REQUESTS = models_json_schema(
    [(model, "validation") for model in (Credentials, OrderIn)], ref_template=_REF
)

_SCHEMAS: Json = {
    **_REQUESTS["$defs"],
    "Customer": _object({"id": _INTEGER, "email": _STRING}),
    "Product": _object(
        {"id": _INTEGER, "name": _STRING, "price_cents": _INTEGER, "stock": _INTEGER}
    ),
    "OrderLine": _object(
        {
            "position": _INTEGER,
            "product": _object({"id": _INTEGER, "name": _STRING}),
            "quantity": _INTEGER,
            "price_cents": _INTEGER,
        }
    ),
    "Order": _object(
        {
            "id": _INTEGER,
            "reference": {"type": ["string", "null"]},
            "created_at": {"type": "string", "format": "date-time"},
            "total_cents": _INTEGER,
            "lines": _list(_ref("OrderLine")),
        }
    ),
    "Sales": _object(
        {
            "items": _list(
                _object(
                    {
                        "id": _INTEGER,
                        "name": _STRING,
                        "quantity": _INTEGER,
                        "revenue_cents": _INTEGER,
                    }
                )
            )
        }
    ),
    "Health": _object({"status": _STRING}),
    "Problem": _object(
        {
            "title": _STRING,
            "status": _INTEGER,
            "detail": _STRING,
            "errors": _list(_object({"field": _STRING, "detail": _STRING})),
            "product_ids": _list(_INTEGER),
        },
        optional=("errors", "product_ids"),
    ),
}

_PROBLEMS = {
    400: "The body is not valid JSON.",
    401: "Nobody is logged in, or the credentials are wrong.",
    403: "A browser sent this on behalf of another site.",
    404: "There is none.",
    408: "The body did not arrive in time.",
    409: "Out of stock; product_ids tells of which.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A value is invalid; errors tells which.",
    503: "The database is unavailable, or too many requests wait for it.",
}
_READING_A_BODY = (400, 403, 408, 413, 415, 422)


def _answer(description: str, content: Json | None = None, headers: Json | None = None) -> Json:
    members = {"content": content, "headers": headers}
    return {"description": description} | {name: one for name, one in members.items() if one}


def _json(schema: str) -> Json:
    return {"application/json": {"schema": _ref(schema)}}


def _problems(*statuses: int) -> Json:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    seconds = {"Retry-After": {"schema": _INTEGER, "required": True}}
    return {
        str(status): _answer(_PROBLEMS[status], content, seconds if status == 503 else None)
        for status in statuses
    }


def _operation(summary: str, answers: Json, **members: Any) -> Json:
    return {"summary": summary, "responses": answers, **members}


def _path_parameter(name: str) -> Json:
    schema = {"type": "integer", "minimum": 0, "maximum": MAX_ID}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _body(schema: str) -> Json:
    return {"required": True, "content": _json(schema)}


_PAGE = [
    {"name": name, "in": "query", "schema": schema}
    for name, schema in PageQuery.model_json_schema()["properties"].items()
]
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same body gets the same answer, and orders once.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
}
_LOGGED_IN: Json = {"security": [{"session": []}]}

DOCUMENT: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Order desk", "version": "1"},
    "paths": {
        "/session": {
            "post": _operation(
                "Log in.",
                {"200": _answer("Logged in.", _json("Customer"))}
                | _problems(*_READING_A_BODY, 401, 503),
                requestBody=_body("Credentials"),
            ),
            "delete": _operation("Log out.", {"204": _answer("Logged out.")} | _problems(403, 503)),
        },
        "/products": {
            "get": _operation(
                "The catalogue.",
                {"200": _answer("A page.", {"application/json": {"schema": _page_of("Product")}})}
                | _problems(422, 503),
                parameters=_PAGE,
            )
        },
        "/products/{product_id}": {
            "get": _operation(
                "One product.",
                {"200": _answer("The product.", _json("Product"))} | _problems(404, 503),
                parameters=[_path_parameter("product_id")],
            )
        },
        "/orders": {
            "get": _operation(
                "The customer's orders, the latest first.",
                {"200": _answer("A page.", {"application/json": {"schema": _page_of("Order")}})}
                | _problems(401, 422, 503),
                parameters=_PAGE,
                **_LOGGED_IN,
            ),
            "post": _operation(
                "Place an order.",
                {
                    "201": _answer(
                        "The order.",
                        _json("Order"),
                        {"Location": {"schema": _STRING, "required": True}},
                    )
                }
                | _problems(*_READING_A_BODY, 401, 409, 503),
                parameters=[_KEY],
                requestBody=_body("OrderIn"),
                **_LOGGED_IN,
            ),
        },
        "/orders/{order_id}": {
            "get": _operation(
                "One of the customer's orders.",
                {"200": _answer("The order.", _json("Order"))} | _problems(401, 404, 503),
                parameters=[_path_parameter("order_id")],
                **_LOGGED_IN,
            )
        },
        "/orders/export": {
            "get": _operation(
                "All of the customer's orders, one JSON object a line.",
                {"200": _answer("A line for each Order.", {"application/x-ndjson": {}})}
                | _problems(401, 503),
                **_LOGGED_IN,
            )
        },
        "/reports/sales": {
            "get": _operation(
                "What was sold, by product.",
                {"200": _answer("A row for each product.", _json("Sales"))} | _problems(401, 503),
                **_LOGGED_IN,
            )
        },
        "/health/live": {
            "get": _operation(
                "Whether the process lives.", {"200": _answer("It does.", _json("Health"))}
            )
        },
        "/health/ready": {
            "get": _operation(
                "Whether the service can answer.",
                {"200": _answer("It can.", _json("Health"))} | _problems(503),
            )
        },
        "/metrics": {
            "get": _operation(
                "Metrics, for Prometheus.", {"200": _answer("Metrics.", {"text/plain": {}})}
            )
        },
    },
    "components": {
        "schemas": _SCHEMAS,
        "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "session"}},
    },
}
