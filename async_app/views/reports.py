"""Reports, which take a while."""

from quart import Blueprint, current_app, jsonify
from quart.typing import ResponseReturnValue
from sqlalchemy import func, select, true

from ..database import db
from ..models import OrderLine, Product
from .session import current_customer_id

blueprint = Blueprint("reports", __name__, url_prefix="/reports")


@blueprint.get("/sales")
async def show_sales() -> ResponseReturnValue:
    current_customer_id()
    # The demo data is small; this stands for the reading of a table that is not.
    pause = select(func.pg_sleep(current_app.config["SALES_REPORT_PAUSE_S"])).cte("pause")
    quantity = func.sum(OrderLine.quantity)
    async with db.autocommit() as session:
        rows = await session.execute(
            select(
                Product.id,
                Product.name,
                func.coalesce(quantity, 0).label("quantity"),
                func.coalesce(func.sum(OrderLine.quantity * OrderLine.price_cents), 0).label(
                    "revenue_cents"
                ),
            )
            .select_from(Product)
            .join(pause, true())
            .outerjoin(OrderLine)
            .group_by(Product.id)
            .order_by(Product.id)
        )
    return jsonify(items=[row._asdict() for row in rows])
