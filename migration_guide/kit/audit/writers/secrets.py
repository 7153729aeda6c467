"""Hide what a report must not carry on: passwords and keys that stand in audited files."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MASK = "***"

_URL = re.compile(r"""(://[^\s:/@"'`]*):([^\s"'`]+)@""")
_OPENED_URL = re.compile(
    r"""(?x) \b(?:postgres\w*|mysql\w*|redis|amqps?|mongodb\w*)(?:\+\w+)?:// [^\s"'/@]* ["']
      | \b(?:postgres\w*)(?:\+\w+)?://[^"']*(?:%s|\{\w*\})[^"']*["']\s*(?:%|\.format)
      | \bURL\.create\(
      | \.login\(
      | \bHTTP(?:Basic|Digest)Auth\(
      | \bauth\s*=\s*\(
      | \bpsycopg2?\.connect\("""
)
"""A URL that is put together from several literals, and calls that take a password by its place."""
_REFERENCE = re.compile(r"\{[^{}]*\}|\$\{\w+\}|%\(\w+\)s|%s|\*+")
"""A value that stands elsewhere; its name is no secret."""

_KNOWN = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|xox[abprs]-[\w-]{10,}|[rs]k_(?:live|test)_\w{10,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)
"""Keys that are known by their form."""

_ENCODED = re.compile(r"^\s*[A-Za-z0-9+/]{40,}={0,2}\s*$")
"""A line of a certificate or a key."""

_WORD = r"(?:password|passwd|pwd|passphrase|passwort|secret|token|credential|api_?key)"
_NAME = re.compile(
    rf"(?i:\w*{_WORD}\w*)|\b(?:[A-Za-z0-9]\w*_)?(?:key|KEY)(?:_\w+)?\b|\b[a-z]\w*Key\b",
)
_NO_SECRETS = {"primary_key", "foreign_key", "key_func", "key_prefix", "key_type"}

_LITERAL = re.compile(
    r'''(?P<quote>"""|\'\'\'|"|')(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P<end>(?P=quote)|$)'''
)
_ASSIGNED = re.compile(r"""\s*["'`]?\s*(?:\]?\s*(?::|=|,)|[\])]\s*or\b)""")
_CALLED = re.compile(r"\s*\(")
_LOOKED_UP = re.compile(r"(?:[\w)\]]\[|(?:\bget|\bgetenv|\benv|\bconfig)\()\s*$")
"""Before a literal that is a name under which a value is looked up."""

_ENVIRONMENT = re.compile(
    r"""(?x)
    (?P<start>
        (?:^|[\s"'\[,{&?;=-])["']?[\w.-]*
        (?i:password|passwd|pwd|passphrase|passwort|secret|token|credential|api_?key|(?<=[_-])key\b
            |\bkey\b)
        [\w.-]*["']?\s*[:=]\s*
      | \s--[\w-]*(?i:password|passwd|passphrase|secret|token|api-?key)[\w-]*\s+
      | \s(?:-u|--user)[\s=]+[^\s:]+:
      | ^\s*(?:ENV|ARG|export|set)\s+\w*
        (?i:password|passwd|pwd|secret|token|credential|key)\w*[\s=]+
    )
    (?P<value>\S.*)$"""
)
_BEGINS = re.compile(r"""\s*(?:\+\s*)?[rbfuRBFU]{0,2}["']""")
_OPEN = re.compile(r"""(?:[(\[{\\]|\"{3}|'{3})\s*$""")


def mask(line: str, *, python: bool = True) -> str:
    """A line with its secrets hidden; *python* also of templates: values are in quotes."""
    line = _URL.sub(_mask_url, _KNOWN.sub(MASK, line))
    if _ENCODED.match(line):
        return MASK
    if python and (opened := _OPENED_URL.search(line)):
        # Its password is in one of the literals that follow.
        rest = line[opened.end() :]
        return line[: opened.end()] + _LITERAL.sub(_mask_literal, rest)
    return _mask_python(line) if python else _mask_text(line)


def mask_line(lines: Sequence[str], number: int, *, python: bool) -> str:
    """The line of a file, from 1; it may go on from one that names a secret."""
    line = lines[number - 1]
    before = lines[number - 2] if number > 1 else ""
    if python and _OPEN.search(before) and any(_secrets(before)):
        return _LITERAL.sub(_mask_literal, mask(line)) if _LITERAL.search(line) else MASK
    if python and _goes_on(lines, number):
        return _LITERAL.sub(_mask_literal, line)
    return mask(line, python=python)


def _goes_on(lines: Sequence[str], number: int) -> bool:
    """Whether a literal begins the line, in a row of them that began where a secret is named."""
    while number > 1 and _BEGINS.match(lines[number - 1]):
        number -= 1
        before = lines[number - 1]
        if _OPENED_URL.search(before) or any(_secrets(before)):
            return True
    return False


def mask_message(text: str) -> str:
    """A sentence, which may quote code between backticks."""
    text = _URL.sub(_mask_url, _KNOWN.sub(MASK, text))
    return re.sub(r"`[^`]*`", lambda found: _mask_python(found.group()), text)


def _mask_url(found: re.Match[str]) -> str:
    if _REFERENCE.fullmatch(found[2]):
        return found[0]
    return f"{found[1]}:{MASK}@"


def _mask_text(line: str) -> str:
    found = _ENVIRONMENT.search(line)
    if found is None or _REFERENCE.fullmatch(found["value"].strip()):
        return line
    return f"{line[: found.start('value')]}{MASK}"


@dataclass(frozen=True)
class _Span:
    start: int
    end: int


@dataclass(frozen=True)
class _Named(_Span):
    reach: int


def _secrets(line: str) -> Iterator[_Named]:
    """The names of secrets that something is assigned to, or passed as; to where that may go."""
    for found in _NAME.finditer(line):
        rest = line[found.end() :]
        if found.group() in _NO_SECRETS:
            continue
        is_password = re.search(r"(?i)passw|pwd|secret", found.group())
        if _ASSIGNED.match(rest):
            yield _Named(found.start(), found.end(), len(line))
        elif is_password and _CALLED.match(rest):
            yield _Named(found.start(), found.end(), _end_of_call(line, found.end()))


def _end_of_call(line: str, start: int) -> int:
    """Where the parenthesis that opens next is closed."""
    depth = 0
    for place in range(start, len(line)):
        depth += {"(": 1, ")": -1}.get(line[place], 0)
        if line[place] == ")" and not depth:
            return place
    return len(line)


def _mask_python(line: str) -> str:
    literals = list(_LITERAL.finditer(line))
    hidden: dict[int, _Span] = {}
    for name in _secrets(line):
        for literal in literals:
            if name.end <= literal.start("text") <= name.reach:
                if not _LOOKED_UP.search(line[: literal.start()].rstrip("rbfuRBFU")):
                    hidden[literal.start("text")] = _Span(*literal.span("text"))
            elif literal.start("text") <= name.start and name.end < literal.end("text"):
                inside = _value_inside(line, name.end, literal.end("text"))
                hidden.setdefault(inside.start, inside)
    for start in sorted(hidden, reverse=True):
        span = hidden[start]
        if span.end > span.start and not _REFERENCE.fullmatch(line[span.start : span.end]):
            line = f"{line[: span.start]}{MASK}{line[span.end :]}"
    return line


def _value_inside(line: str, start: int, end: int) -> _Span:
    """Of ``password=value`` within a literal, up to the next space or parameter."""
    found = re.compile(r"\s*[:=]\s*(?P<value>[^\s&;,]+)").match(line, start, end)
    return _Span(*found.span("value")) if found else _Span(start, start)


def _mask_literal(found: re.Match[str]) -> str:
    return f"{found['quote']}{MASK}{found['end']}"
