"""For the load balancer: whether the process lives, and whether it can serve."""

from quart import Blueprint, jsonify
from quart.typing import ResponseReturnValue

from ..database import db
from ..errors import database_away

blueprint = Blueprint("health", __name__, url_prefix="/health")

READY_DEADLINE_S = 1.0


@blueprint.get("/live")
async def live() -> ResponseReturnValue:
    return jsonify(status="live")


@blueprint.get("/ready")
async def ready() -> ResponseReturnValue:
    if not await db.is_ready(READY_DEADLINE_S):
        return database_away()
    return jsonify(status="ready")
