"""Orders of the customer who is logged in."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from quart import Blueprint, Response, json, jsonify
from quart.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from werkzeug.exceptions import NotFound, UnprocessableEntity

from .. import idempotency
from ..database import db
from ..errors import problem_body
from ..models import Order, OrderLine, Product
from ..schemas import MAX_ID, OrderIn, page_body, read_body, read_page
from .session import current_customer_id

blueprint = Blueprint("orders", __name__, url_prefix="/orders")

BATCH = 200
WITH_LINES = selectinload(Order.lines).joinedload(OrderLine.product)


@blueprint.get("")
async def list_orders() -> ResponseReturnValue:
    customer_id = current_customer_id()
    query = read_page()
    async with db.read_only() as session:
        page = await db.paginate(
            session,
            select(Order)
            .where(Order.customer_id == customer_id)
            .order_by(Order.id.desc())
            .options(WITH_LINES),
            page=query.page,
            per_page=query.per_page,
        )
    return jsonify(page_body(page))


@blueprint.get("/export")
async def export_orders() -> ResponseReturnValue:
    lines = _order_lines(current_customer_id())
    first = await anext(lines, "")  # a database that is away is a 503, not a 200 cut short

    async def body() -> AsyncIterator[str]:
        async with aclosing(lines):
            yield first
            async for more in lines:
                yield more

    response = Response(body(), content_type="application/x-ndjson")
    response.timeout = None  # Quart's default would cut it short after 60 s, without a word
    return response


async def _order_lines(customer_id: int) -> AsyncGenerator[str]:
    """All orders as NDJSON, BATCH at a time: as much as is held in memory."""
    async with db.stream() as session:
        orders = await session.stream_scalars(
            select(Order)
            .where(Order.customer_id == customer_id)
            .order_by(Order.id)
            .options(WITH_LINES)
            .execution_options(yield_per=BATCH)
        )
        async for batch in orders.partitions():
            yield "".join(json.dumps(order.to_dict()) + "\n" for order in batch)


@blueprint.get(f"/<int(max={MAX_ID}):order_id>")
async def show_order(order_id: int) -> ResponseReturnValue:
    customer_id = current_customer_id()
    async with db.read_only() as session:
        order = await session.scalar(
            select(Order)
            .where(Order.id == order_id, Order.customer_id == customer_id)
            .options(WITH_LINES)
        )
    if order is None:
        raise NotFound("There is no such order of yours.")
    return jsonify(order.to_dict())


@blueprint.post("")
async def create_order() -> ResponseReturnValue:
    customer_id = current_customer_id()
    key = idempotency.read_key()
    payload = await read_body(OrderIn)
    async with db.begin() as session:
        answer = await idempotency.claim(session, customer_id, key, payload) if key else None
        if answer is None:
            answer = await _place_order(session, customer_id, payload)
            if key:
                await idempotency.remember(session, customer_id, key, answer)
    return _respond(answer)


async def _place_order(
    session: AsyncSession, customer_id: int, payload: OrderIn
) -> idempotency.Answer:
    wanted: Counter[int] = Counter()
    for line in payload.lines:
        wanted[line.product_id] += line.quantity
    # Locked in the order of their ids, so that two orders cannot wait for each other.
    rows = await session.scalars(
        select(Product).where(Product.id.in_(wanted)).order_by(Product.id).with_for_update()
    )
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
    session.add(order)
    await session.flush()
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
