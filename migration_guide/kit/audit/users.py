"""Who the user of a request is, by Flask-Login and its like."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from migration_guide.kit.audit.project import Function
from migration_guide.kit.audit.values import Values, instance

if TYPE_CHECKING:
    from migration_guide.kit.audit.infer import Inference

CURRENT_USER = frozenset(
    {
        "flask_login.current_user", "flask_login.utils.current_user", "flask_security.current_user",
        "flask_jwt_extended.current_user", "flask_jwt_extended.get_current_user",
        "flask_user.current_user",
    }
)  # fmt: skip
LOADERS = (
    "user_loader", "request_loader", "user_lookup_loader", "user_loader_callback_loader",
)  # fmt: skip
MIXINS = ("flask_login.UserMixin", "flask_security.UserMixin")


def current_user(inference: "Inference") -> Values:
    """What the function that loads users returns, or the model with a ``UserMixin``."""
    return inference.once(("current user",), lambda: _loaded(inference) or _mixed_in(inference))


def _loaded(inference: "Inference") -> Values:
    for function in _loaders(inference):
        found = tuple(
            value for value in inference.returned(function) if inference.models.is_model(value.name)
        )
        if found:
            return found
    return ()


def _loaders(inference: "Inference") -> Iterator[Function]:
    """The functions that are given to one of `LOADERS`, as a decorator or by a call."""
    for functions in inference.project.by_function_name.values():
        for function in functions:
            if function.is_decorated(*LOADERS):
                yield function
    for name in LOADERS:
        for module, call in inference.project.calls.get(name, []):
            for value in inference.values(call.args[0], module) if call.args else ():
                found = inference.project.functions.get(value.name)
                if found is not None:
                    yield found


def _mixed_in(inference: "Inference") -> Values:
    for name in inference.project.classes:
        if inference.models.is_model(name) and inference.models.is_instance(name, *MIXINS):
            return (instance(name),)
    return ()
