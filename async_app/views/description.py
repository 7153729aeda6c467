"""What the service can be asked, as an OpenAPI document."""

from quart import Blueprint, jsonify
from quart.typing import ResponseReturnValue

from ..openapi import DOCUMENT

blueprint = Blueprint("description", __name__, url_prefix="/openapi.json")


@blueprint.get("")
async def show_description() -> ResponseReturnValue:
    return jsonify(DOCUMENT)
