"""For Prometheus; not for the public: let the load balancer keep it inside."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from .. import metrics
from ..database import db

blueprint = Blueprint("metrics", __name__, url_prefix="/metrics")


@blueprint.get("")
def show_metrics() -> ResponseReturnValue:
    db.sample()
    return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
