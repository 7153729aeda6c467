"""A form's validator that awaits is not run under its old name.

## What it does

Finds functions that check a form's field and have to await: methods `validate_<field>` of
forms, and functions and callable objects that take a form and a field.

## Why it matters

WTForms calls validators and looks whether they raise. `async def validate_name` gives it a
coroutine, which raises nothing and is never awaited: each value passes. Quart-WTForms awaits
methods that are named `async_validators_<field>`, and no others.

## Example

```python
class SignUp(FlaskForm):
    def validate_name(self, field):
        if User.query.filter_by(name=field.data).first():
            raise ValidationError("This name is taken.")
```

## Use instead

```python
class SignUp(QuartForm):
    async def async_validators_name(self, field):
        async with new_session() as session:
            if await session.scalar(select(User).filter_by(name=field.data)):
                raise ValidationError("This name is taken.")
```

## Known problems

A form's validators of this kind run at the same time: each needs a session of its own. They run
also if the field's other validators refused the value.
"""

from collections.abc import Iterator

from migration_guide.kit.audit.finding import Phase, Place, Severity
from migration_guide.kit.audit.graph import Graph
from migration_guide.kit.audit.roles import Role
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.DATABASE,
    mechanical=False,
    instead="QuartForm's async_validators_<field>",
)


@RULE.check_graph
def validators(graph: Graph) -> Iterator[tuple[Place, Hit]]:
    for node, reason in graph.still_plain(Role.VALIDATOR):
        message = (
            f"`{node.simple_name}` has to await, at line {reason.place.line}; as `async def` it is"
            " called and never awaited, so that each value passes."
        )
        _, _, field = node.simple_name.partition("validate_")
        instead = f"async def async_validators_{field}(self, field)" if field else ""
        hit = Hit(0, message, instead, confidence=reason.confidence, related=(reason.place,))
        yield node.place, hit
