"""What a function is there for: a view, a test, a command."""

import ast
from enum import Enum
from typing import TYPE_CHECKING

from migration_guide.kit.audit import known
from migration_guide.kit.audit.module import parameters
from migration_guide.kit.audit.project import Function, terminal

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
ROUTES = frozenset({"route", "get", "post", "put", "patch", "delete"})
HOOKS = frozenset(
    {
        "before_request", "after_request", "teardown_request", "teardown_appcontext",
        "before_app_request", "after_app_request", "teardown_app_request", "errorhandler",
        "app_errorhandler", "before_first_request", "before_app_first_request",
    }
)  # fmt: skip
RENDERING = frozenset(
    {
        "template_filter", "app_template_filter", "template_global", "app_template_global",
        "context_processor", "app_context_processor", "template_test", "app_template_test",
    }
)  # fmt: skip
VIEW_CLASSES = (
    "flask.views.MethodView",
    "flask.views.View",
    "flask_restful.Resource",
    "flask_restx.Resource",
    "flask_restplus.Resource",
)
PROPERTIES = (
    "property", "cached_property", "hybrid_property", "setter", "expression", "declared_attr",
    "validates", "comparator", "hybrid_method",
)  # fmt: skip


class Role(Enum):
    """Of a function, in the application."""

    VIEW = "view"
    HOOK = "hook of the application"
    RENDERING = "called by templates"
    TEST = "test"
    FIXTURE = "fixture"
    COMMAND = "command"
    TASK = "task of a queue"
    PROPERTY = "property"
    VALIDATOR = "validator of a form"
    SPECIAL = "special method"
    PLAIN = "function"


STAY_SYNC = frozenset({Role.TASK})
"""A queue's workers keep a sync engine."""


def role(function: Function, inference: "Inference") -> Role:  # noqa: C901, PLR0911 -- one return for each role
    """Told by its decorators, its name, its class, and where it is registered."""
    names = {terminal(decorator) for decorator in function.decorators}
    if function.is_fixture:
        return Role.FIXTURE
    if names & {"task", "shared_task", "job", "periodic_task"}:
        return Role.TASK
    if names & {"command"} or any(".cli." in ast.unparse(one) for one in function.decorators):
        return Role.COMMAND
    if names & HOOKS or _is_registered(function, inference, HOOKS | {"register_error_handler"}):
        return Role.HOOK
    if names & RENDERING:
        return Role.RENDERING
    if _is_view(function, inference):
        return Role.VIEW
    if function.is_decorated(*PROPERTIES):
        return Role.PROPERTY
    if _is_validator(function, inference):
        return Role.VALIDATOR
    name = function.node.name
    if name.startswith("__") and name.endswith("__"):
        return Role.SPECIAL
    if function.module.is_test and name.startswith(
        ("test", "setUp", "tearDown", "setup", "teardown")
    ):
        return Role.TEST
    return Role.PLAIN


def _is_validator(function: Function, inference: "Inference") -> bool:
    """Whether a form calls it for one of its fields."""
    names = [one.arg for one in parameters(function.node)]
    if names[-2:] == ["form", "field"]:
        return len(names) == 2 + function.is_bound
    return (
        function.owner is not None
        and function.node.name.startswith("validate_")
        and len(names) == 2
        and inference.models.is_instance(function.owner.name, *known.FORMS, "wtforms.Form")
    )


def _is_view(function: Function, inference: "Inference") -> bool:
    for decorator in function.node.decorator_list:
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(call, ast.Attribute) or call.attr not in ROUTES:
            continue
        values = inference.values(call.value, function.module)
        is_ours = any(
            inference.models.is_instance(value.name, known.FLASK, known.BLUEPRINT)
            or "Blueprint" in value.name.rpartition(".")[2]
            for value in values
        )
        if is_ours or call.attr == "route":
            return True
    if function.owner is not None and inference.models.is_instance(
        function.owner.name, *VIEW_CLASSES
    ):
        return function.node.name in VERBS | {"dispatch_request"}
    return _is_registered(function, inference, frozenset({"add_url_rule", "add_app_url_map_rule"}))


def _is_registered(function: Function, inference: "Inference", by: frozenset[str]) -> bool:
    """Whether it is handed to one of these methods: ``app.add_url_rule(…, view_func=it)``."""
    if function.owner is not None:
        return False
    for name in by:
        for module, call in inference.project.calls.get(name, []):
            for given in [*call.args, *(one.value for one in call.keywords)]:
                if terminal(given) != function.node.name or isinstance(given, ast.Call):
                    continue
                if any(value.name == function.name for value in inference.values(given, module)):
                    return True
    return False
