"""Orders of the customer who is logged in."""

from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, Response, json, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session, selectinload
from werkzeug.exceptions import UnprocessableEntity

from .. import idempotency
from ..database import db
from ..errors import problem_body
from ..models import Order, OrderLine, Product
from ..schemas import MAX_ID, OrderIn, page_body, read_body, read_page
from .session import current_customer_id

blueprint = Blueprint("orders", __name__, url_prefix="/orders")

BATCH = 200
WITH_LINES = selectinload(Order.lines).joinedload(OrderLine.product)  # type: ignore[arg-type]
"""For the export alone: elsewhere relationships are loaded when they are looked at."""


@blueprint.get("")
def list_orders() -> ResponseReturnValue:
    customer_id = current_customer_id()
    query = read_page()
    page = (
        Order.query.filter_by(customer_id=customer_id)
        .order_by(Order.id.desc())
        .paginate(page=query.page, per_page=query.per_page, error_out=False)
    )
    return jsonify(page_body(page))


@blueprint.get("/export")
def export_orders() -> ResponseReturnValue:
    lines = _order_lines(current_customer_id())
    first = next(lines, "")  # a database that is away is a 503, not a 200 cut short

    def body() -> Iterator[str]:
        yield first
        yield from lines

    return Response(body(), content_type="application/x-ndjson")


def _order_lines(customer_id: int) -> Iterator[str]:
    """All orders as NDJSON, BATCH at a time: as much as is held in memory."""
    # A session of its own: the request's is closed before the body is sent.
    with Session(db.engine) as session:
        orders = session.scalars(
            db.select(Order)
            .filter_by(customer_id=customer_id)
            .order_by(Order.id)
            .options(WITH_LINES)
            .execution_options(yield_per=BATCH)
        )
        for batch in orders.partitions():
            yield "".join(json.dumps(order.to_dict()) + "\n" for order in batch)


@blueprint.get(f"/<int(max={MAX_ID}):order_id>")
def show_order(order_id: int) -> ResponseReturnValue:
    customer_id = current_customer_id()
    order = Order.query.filter_by(id=order_id, customer_id=customer_id).first_or_404(
        description="There is no such order of yours."
    )
    return jsonify(order.to_dict())


@blueprint.post("")
def create_order() -> ResponseReturnValue:
    customer_id = current_customer_id()
    key = idempotency.read_key()
    payload = read_body(OrderIn)
    answer = idempotency.claim(customer_id, key, payload) if key else None
    if answer is None:
        answer = _place_order(customer_id, payload)
        if key:
            idempotency.remember(customer_id, key, answer)
    db.session.commit()
    return _respond(answer)


def _place_order(customer_id: int, payload: OrderIn) -> idempotency.Answer:
    wanted: Counter[int] = Counter()
    for line in payload.lines:
        wanted[line.product_id] += line.quantity
    # Locked in the order of their ids, so that two orders cannot wait for each other.
    rows = Product.query.filter(Product.id.in_(wanted)).order_by(Product.id).with_for_update()
    products = {product.id: product for product in rows}
    if unknown := sorted(wanted.keys() - products.keys()):
        raise UnprocessableEntity(f"There is no product {unknown[0]}.")
    short = [number for number in sorted(wanted) if products[number].stock < wanted[number]]
    if short:
        return 409, problem_body(409, "Out of stock.", product_ids=short)

    for number, quantity in wanted.items():
        products[number].stock -= quantity
    order = Order(customer_id=customer_id, reference=payload.reference)
    for line in payload.lines:
        product = products[line.product_id]
        order.lines.append(
            OrderLine(product=product, quantity=line.quantity, price_cents=product.price_cents)
        )
    db.session.add(order)
    db.session.flush()
    return 201, order.to_dict()


def _respond(answer: idempotency.Answer) -> Response:
    status, body = answer
    response = jsonify(body)
    response.status_code = status
    if status == 201:
        response.headers["Location"] = f"/orders/{body['id']}"
    else:
        response.content_type = "application/problem+json"
    return response
