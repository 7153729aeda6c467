"""The audit as JSON; `audit.schema.json` documents it."""

import json
from dataclasses import asdict
from typing import Any

from migration_guide.kit.audit.finding import Finding, Place
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.summary import summarise
from migration_guide.kit.audit.writers.quoting import instead, message, source_line

VERSION = 1


def document(audit: Audit) -> dict[str, Any]:
    return {
        "version": VERSION,
        "root": audit.root,
        "summary": {
            "files": audit.files,
            "lines": audit.lines,
            "findings": len(audit.findings),
            "suppressed": audit.suppressed,
            "seconds": round(audit.seconds, 2),
            "uses": sorted(audit.uses),
            **asdict(summarise(audit)),
        },
        "findings": [_finding(audit, one) for one in audit.findings],
        "unread": [_place(one.place) | {"reason": one.reason} for one in audit.unread],
    }


def render(audit: Audit) -> str:
    return json.dumps(document(audit), indent=2, ensure_ascii=False) + "\n"


def _finding(audit: Audit, one: Finding) -> dict[str, Any]:
    return _place(one.place) | {
        "rule": one.rule,
        "severity": one.severity.value,
        "confidence": one.confidence.value,
        "phase": one.phase.value,
        "mechanical": one.mechanical,
        "message": message(one),
        "instead": instead(one),
        "source": source_line(audit, one.place),
        "related": [_place(place) for place in one.related],
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}
