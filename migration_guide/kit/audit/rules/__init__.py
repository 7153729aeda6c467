"""All rules, by name; each module beside this one is one."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from migration_guide.kit.audit.rules.base import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for name in sorted(found.name for found in iter_modules(__path__))
        if name != "base" and not name.startswith("_")
        for rule in [import_module(f"{__name__}.{name}").RULE]
    }
)
"""In the order of their names."""
