"""The configuration of the team's own application, which is imported for it."""

import ast
import contextlib
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

from sqlalchemy import URL

from migration_guide.kit.translate.given import OPTIONS, URI, Code, InputError
from migration_guide.kit.translate.settings import RELATED

_FORM = "--from-app takes module:app or module:create_app()"


def read_app(place: str) -> dict[str, Any]:
    """The settings of the application at *place*, Flask-SQLAlchemy's own options included.

    Raises:
        InputError: it cannot be imported or made, or is no Flask application.

    """
    module_name, _, expression = place.partition(":")
    if not module_name or not expression:
        raise InputError(f"{_FORM}, not {place!r}.")
    app = _app(module_name, expression)
    config = getattr(app, "config", None)
    if not isinstance(config, Mapping):
        raise InputError(f"{_FORM}: {place} is a {type(app).__name__}, without a config.")
    settings = {key: config[key] for key in (URI, OPTIONS, *RELATED) if key in config}
    extension = getattr(app, "extensions", {}).get("sqlalchemy")
    options = dict(getattr(extension, "_engine_options", None) or {})
    own = settings.get(OPTIONS) or {}
    if isinstance(own, Mapping):
        settings[OPTIONS] = {key: _as_given(value) for key, value in (options | dict(own)).items()}
    return settings


def _app(module_name: str, expression: str) -> Any:
    name, arguments = _call(expression)
    sys.path.insert(0, str(Path.cwd()))
    try:
        # What the application prints is not part of the answer.
        with contextlib.redirect_stdout(sys.stderr):
            found: Any = importlib.import_module(module_name)
            for part in name.split("."):
                found = getattr(found, part)
            if arguments is None and isinstance(found, FunctionType):
                arguments = ((), {})
            return found if arguments is None else found(*arguments[0], **arguments[1])
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever the team's code raises
        what = type(error).__name__
        if isinstance(error, ModuleNotFoundError):
            what += f": there is no module {error.name}"
        elif isinstance(error, AttributeError) and error.obj is sys.modules.get(module_name):
            what += f": {module_name} has no {error.name}"
        else:
            what += ", whose message may hold a password: start the application to read it"
        if isinstance(error, ImportError):
            what += "; run it in the application's folder, with its packages installed"
        raise InputError(f"--from-app {module_name}:{name} failed with {what}") from None
    finally:
        sys.path.pop(0)


def _call(expression: str) -> tuple[str, tuple[Any, Any] | None]:
    """The name, and the arguments of a call, which are literals."""
    try:
        node = ast.parse(expression, mode="eval").body
        if isinstance(node, ast.Call):
            arguments = [ast.literal_eval(argument) for argument in node.args]
            keywords = {str(item.arg): ast.literal_eval(item.value) for item in node.keywords}
            return ast.unparse(node.func), (arguments, keywords)
        if isinstance(node, (ast.Name, ast.Attribute)):
            return ast.unparse(node), None
    except (SyntaxError, ValueError):
        pass
    raise InputError(f"{_FORM}; arguments are literals.")


def _as_given(value: Any) -> Any:
    """Objects as the names under which they can be imported."""
    if isinstance(value, Mapping):
        return {key: _as_given(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_as_given, value))
    if value is None or isinstance(value, (str, int, float, URL)):
        return value
    if isinstance(value, (type, FunctionType, BuiltinFunctionType)):
        module, name = value.__module__, value.__qualname__
        if name.isidentifier():
            return Code(name, (f"from {module} import {name}",), value=value)
        return Code(name.rpartition(".")[2], unbound=(name,), value=value)
    return Code(type(value).__name__, unbound=(type(value).__name__,), value=value)
