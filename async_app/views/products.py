"""The catalogue, readable by everyone."""

from quart import Blueprint, jsonify
from quart.typing import ResponseReturnValue
from sqlalchemy import bindparam, select
from werkzeug.exceptions import NotFound

from ..database import db
from ..models import Product
from ..schemas import MAX_ID, page_body, read_page

blueprint = Blueprint("products", __name__, url_prefix="/products")

PRODUCT = select(Product).where(Product.id == bindparam("product_id"))
"""Made once, and its key in SQLAlchemy's cache; `AsyncSession.get` makes both for each request."""


@blueprint.get("")
async def list_products() -> ResponseReturnValue:
    query = read_page()
    async with db.read_only() as session:
        page = await db.paginate(
            session,
            select(Product).order_by(Product.id),
            page=query.page,
            per_page=query.per_page,
        )
    return jsonify(page_body(page))


@blueprint.get(f"/<int(max={MAX_ID}):product_id>")
async def show_product(product_id: int) -> ResponseReturnValue:
    async with db.autocommit() as session:
        product = await session.scalar(PRODUCT, {"product_id": product_id})
    if product is None:
        raise NotFound("There is no such product.")
    return jsonify(product.to_dict())
