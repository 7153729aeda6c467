"""Log in and out, by a signed session cookie."""

import asyncio

from quart import Blueprint, Response, jsonify
from quart import session as cookie
from quart.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import Unauthorized
from werkzeug.security import check_password_hash, generate_password_hash

from ..database import db
from ..models import Customer
from ..schemas import Credentials, read_body

blueprint = Blueprint("session", __name__, url_prefix="/session")

_HASH_OF_NOBODY = generate_password_hash("")
"""Checked when there is no such customer, so that the time taken does not tell."""


@blueprint.post("")
async def log_in() -> ResponseReturnValue:
    credentials = await read_body(Credentials)
    async with db.autocommit() as session:
        customer = await session.scalar(select(Customer).where(Customer.email == credentials.email))
    known_hash = customer.password_hash if customer else None
    # Hashing is slow by intent: in a thread it does not hold up the other requests.
    matches = await asyncio.to_thread(_matches, known_hash, credentials.password)
    if customer is None or not matches:
        raise Unauthorized("The email address or the password is wrong.")
    cookie.clear()
    cookie["customer_id"] = customer.id
    return jsonify(customer.to_dict())


@blueprint.delete("")
async def log_out() -> ResponseReturnValue:
    cookie.clear()
    return Response(status=204)


def current_customer_id() -> int:
    customer_id: int | None = cookie.get("customer_id")
    if customer_id is None:
        raise Unauthorized("Log in first, with POST /session.")
    return customer_id


def _matches(known_hash: str | None, password: str) -> bool:
    return check_password_hash(known_hash or _HASH_OF_NOBODY, password)
