"""Reports, which take a while."""

from quart import Blueprint, current_app, jsonify
from quart.typing import ResponseReturnValue
from sqlalchemy import bindparam, func, select, true

from ..database import db
from ..models import OrderLine, Product
from .session import current_customer_id

blueprint = Blueprint("reports", __name__, url_prefix="/reports")


# The demo data is small; the pause stands for the reading of a table that is not.
_pause = select(func.pg_sleep(bindparam("pause_s"))).cte("pause")
_quantity = func.sum(OrderLine.quantity)
SALES = (
    select(
        Product.id,
        Product.name,
        func.coalesce(_quantity, 0).label("quantity"),
        func.coalesce(func.sum(OrderLine.quantity * OrderLine.price_cents), 0).label(
            "revenue_cents"
        ),
    )
    .select_from(Product)
    .join(_pause, true())
    .outerjoin(OrderLine)
    .group_by(Product.id)
    .order_by(Product.id)
)
"""Made once, as `products.PRODUCT` is."""


@blueprint.get("/sales")
async def show_sales() -> ResponseReturnValue:
    current_customer_id()
    async with db.autocommit() as session:
        rows = await session.execute(SALES, {"pause_s": current_app.config["SALES_REPORT_PAUSE_S"]})
    return jsonify(items=[row._asdict() for row in rows])
