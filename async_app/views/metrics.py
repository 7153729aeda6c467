"""For Prometheus; not for the public: let the load balancer keep it inside."""

from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response
from quart.typing import ResponseReturnValue

from .. import metrics
from ..database import db

blueprint = Blueprint("metrics", __name__, url_prefix="/metrics")


@blueprint.get("")
async def show_metrics() -> ResponseReturnValue:
    db.sample()
    return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
