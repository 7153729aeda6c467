"""For the load balancer: whether the process lives, and whether it can serve."""

from quart import Blueprint, jsonify
from quart.typing import ResponseReturnValue

from ..database import db
from ..errors import unavailable

blueprint = Blueprint("health", __name__, url_prefix="/health")

READY_DEADLINE_S = 1.0


@blueprint.get("/live")
async def live() -> ResponseReturnValue:
    return jsonify(status="live")


@blueprint.get("/ready")
async def ready() -> ResponseReturnValue:
    if why := await db.why_not_ready(READY_DEADLINE_S):
        return unavailable(why)
    return jsonify(status="ready")
