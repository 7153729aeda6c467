"""What the service can be asked, as an OpenAPI document."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ..openapi import DOCUMENT

blueprint = Blueprint("description", __name__, url_prefix="/openapi.json")


@blueprint.get("")
def show_description() -> ResponseReturnValue:
    return jsonify(DOCUMENT)
