"""The catalogue, readable by everyone."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ..models import Product
from ..schemas import MAX_ID, page_body, read_page

blueprint = Blueprint("products", __name__, url_prefix="/products")


@blueprint.get("")
def list_products() -> ResponseReturnValue:
    query = read_page()
    page = Product.query.order_by(Product.id).paginate(
        page=query.page, per_page=query.per_page, error_out=False
    )
    return jsonify(page_body(page))


@blueprint.get(f"/<int(max={MAX_ID}):product_id>")
def show_product(product_id: int) -> ResponseReturnValue:
    product = Product.query.get_or_404(product_id, description="There is no such product.")
    return jsonify(product.to_dict())
