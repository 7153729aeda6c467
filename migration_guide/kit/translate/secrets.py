"""Passwords, found before anything is printed."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import URL

from migration_guide.kit.translate.given import Code, Given

MASK = "***"
PARAMETERS = frozenset({"password", "sslpassword", "scram_client_key", "scram_server_key"})
_SETTING = re.compile(
    r"([\w.-]*(?:passw|pwd|secret|token|api_?key|credential)[\w.-]*\s*=\s*)((?:\\.|[^\s\\])+)",
    re.IGNORECASE,
)
"""In libpq's `options`: a setting of the server that by its name is a secret."""
_LOOKS_SECRET = re.compile(r"passw|pwd|secret|token|api_?key|credential", re.IGNORECASE)
_ENVIRONMENT = re.compile(r"os\.environ\[[^\[\]]+\]|(?:os\.)?getenv\([^(),]+\)")
_IN_URL = re.compile(r"(://[^:/@\s]*:)[^@\s]+(@)")
_SHORT = 8


def masked(given: Given) -> Given:
    """The same without its secrets; what is made of it has none either."""
    return replace(
        given,
        url=_masked_url(given.url),
        options=_masked_values(given.options),
        service=_masked_values(given.service),
    )


def as_text(url: URL) -> str:
    """With its password, which may be the mask."""
    mask = quote(MASK, safe="")
    return url.render_as_string(hide_password=False).replace(mask, MASK)


def _masked_url(url: URL) -> URL:
    if url.password:
        url = url.set(password=MASK)
    return url.set(query=_masked_values(url.query))


def _masked_values(values: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: _masked(key, value) for key, value in values.items()}


def _masked(key: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _masked_values(value)
    if _names_secret(key):
        if isinstance(value, Code) and _ENVIRONMENT.fullmatch(value.text):
            return value
        return MASK if value not in (None, "") and not isinstance(value, bool) else value
    if isinstance(value, (tuple, list)):
        return type(value)(_masked(None, item) for item in value)
    if isinstance(value, Code):
        return replace(value, text=_masked_code(value.text))
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    return _IN_URL.sub(rf"\g<1>{MASK}\g<2>", _SETTING.sub(rf"\g<1>{MASK}", text))


def _masked_code(text: str) -> str:
    """The passwords that stand in an expression as text."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:  # of an application's object there is only a name
        return text
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and _names_secret(node.arg) and _is_text(node.value):
            node.value = ast.Constant(MASK)
        elif isinstance(node, ast.Dict):
            node.values = [
                ast.Constant(MASK)
                if isinstance(key, ast.Constant) and _names_secret(key.value) and _is_text(value)
                else value
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = _masked_text(node.value)
    masked = ast.unparse(tree)
    return masked if MASK in masked else text


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, (ast.Constant, ast.JoinedStr))


def _names_secret(key: Any) -> bool:
    return isinstance(key, str) and (key in PARAMETERS or bool(_LOOKS_SECRET.search(key)))


def scrubbed(text: str, given: Given) -> str:
    """What a driver says of its failure, in one line, without the secrets that are given."""
    text = " ".join(text.split())
    for secret in sorted(set(_secrets(given)), key=len, reverse=True):
        for form in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}:
            if len(form) >= _SHORT:
                text = text.replace(form, MASK)
            else:  # it may be a part of other words
                text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", MASK, text)
    return text


def _secrets(given: Given) -> Iterator[str]:
    if given.url.password:
        yield str(given.url.password)
    for values in (given.url.query, given.options, given.service):
        yield from _secret_values(values)


def _secret_values(values: Mapping[Any, Any]) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _secret_values(value)
        elif isinstance(value, str):
            if _names_secret(str(key)):
                yield from filter(None, [value])
            yield from (found[2] for found in _SETTING.finditer(value))
