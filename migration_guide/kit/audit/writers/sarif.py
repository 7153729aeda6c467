"""The audit as SARIF 2.1.0, which code hosts and editors show beside the code.

The names are those of the OASIS standard, "Static Analysis Results Interchange Format (SARIF)
Version 2.1.0"; what a code host takes of it is GitHub's "SARIF support for code scanning".
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from migration_guide.kit.audit.finding import Finding, Place, Severity, Unread
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.rules import RULES
from migration_guide.kit.audit.rules.base import Rule
from migration_guide.kit.audit.writers.quoting import instead, message, source_line, visible
from migration_guide.kit.audit.writers.secrets import MASK

LEVELS = {Severity.SILENT: "error", Severity.BREAKING: "warning", Severity.ADVICE: "note"}
"""What fails is found by the first test that runs it; what does not is the error."""
ROOT = "ROOT"
"""The tree; addresses are relative to it."""


def document(audit: Audit) -> dict[str, Any]:
    names = list(dict.fromkeys(one.rule for one in audit.findings))
    driver = {
        "name": "port-kit audit",
        "semanticVersion": version("async-port-kit"),
        "rules": [_rule(RULES[name]) for name in names],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The tree that was read."}}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": list(map(_notification, audit.unread)),
            }
        ],
        "results": list(_results(audit, names)),
    }
    if MASK in json.dumps(run["results"]):
        run["redactionTokens"] = [MASK]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def render(audit: Audit) -> str:
    return json.dumps(document(audit), indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    sections = "\n\n".join(f"## {name}\n\n{text}" for name, text in rule.sections.items())
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.sections["What it does"]},
        "help": {"text": rule.instead, "markdown": sections},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": [rule.severity.value, rule.phase.value]},
    }


def _results(audit: Audit, names: list[str]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for one in audit.findings:
        print_ = _fingerprint(audit, one)
        seen[print_] += 1
        yield {
            "ruleId": one.rule,
            "ruleIndex": names.index(one.rule),
            "level": LEVELS[one.severity],
            "message": {"text": _plain(f"{message(one)} {instead(one)}")},
            "locations": [_location(one.place, source_line(audit, one.place))],
            "relatedLocations": [
                {"id": number} | _location(place, "") for number, place in enumerate(one.related, 1)
            ],
            "partialFingerprints": {"place/v1": f"{print_}:{seen[print_]}"},
            "properties": {
                "confidence": one.confidence.value,
                "phase": one.phase.value,
                "mechanical": one.mechanical,
            },
        }


def _plain(text: str) -> str:
    """Without what would be taken for a link, ``[text](1)``; braces have no meaning here."""
    return text.replace("](", "] (")


def _fingerprint(audit: Audit, one: Finding) -> str:
    """Of what stands there, so that it stays the same when the lines move."""
    text = f"{one.rule}\n{one.place.file}\n{source_line(audit, one.place).strip()}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _location(place: Place, quoted: str) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.line, "startColumn": place.column}
    if quoted:
        region["snippet"] = {"text": quoted}
    address = {"uri": quote(place.file, errors="surrogatepass"), "uriBaseId": ROOT}
    return {"physicalLocation": {"artifactLocation": address, "region": region}}


def _notification(unread: Unread) -> Mapping[str, Any]:
    return {
        "level": "warning",
        "message": {"text": _plain(f"Not read: {visible(unread.reason)}")},
        "locations": [_location(unread.place, "")],
    }
