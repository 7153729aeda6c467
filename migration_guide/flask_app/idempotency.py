"""Repeating a request with the same ``Idempotency-Key`` is safe.

The key belongs to one customer. Its row is inserted in the transaction that does the work: a
concurrent duplicate waits on the primary key until that transaction ends, then finds the answer;
a transaction that is rolled back leaves no row, and the next attempt does the work.
"""

import hashlib
import string

from flask import request
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from werkzeug.exceptions import UnprocessableEntity

from .database import db
from .models import IdempotencyKey
from .schemas import Body

MAX_LENGTH = 255
PRINTABLE = frozenset(string.ascii_letters + string.digits + string.punctuation + " ")

PENDING = 102
"""Stands for the status until the end of the transaction; no other transaction ever sees it."""

Answer = tuple[int, dict[str, object]]
"""A status and the body that belongs to it."""


def read_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= MAX_LENGTH and PRINTABLE.issuperset(key)):
        raise UnprocessableEntity(
            f"Idempotency-Key must be 1 to {MAX_LENGTH} printable ASCII characters."
        )
    return key


def claim(customer_id: int, key: str, payload: Body) -> Answer | None:
    """Take the key, or return the answer that it already has."""
    fingerprint = hashlib.sha256(payload.model_dump_json().encode()).hexdigest()
    claimed = db.session.scalar(
        insert(IdempotencyKey)
        .values(customer_id=customer_id, key=key, fingerprint=fingerprint, status=PENDING, body={})
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if claimed is not None:
        return None
    stored = IdempotencyKey.query.filter_by(customer_id=customer_id, key=key).one()
    if stored.fingerprint != fingerprint:
        raise UnprocessableEntity("This Idempotency-Key was used with another body.")
    return stored.status, stored.body


def remember(customer_id: int, key: str, answer: Answer) -> None:
    status, body = answer
    db.session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.customer_id == customer_id, IdempotencyKey.key == key)
        .values(status=status, body=body)
    )
