"""Flask-Migrate does not run on Quart.

## What it does

Finds imports of Flask-Migrate.

## Why it matters

Its commands are Flask's. Alembic, which it uses, needs neither: its template `async` has an
`env.py` for an asynchronous engine. The history of revisions stays as it is.

## Example

```python
Migrate(app, db)
```

## Use instead

```python
# alembic init --template async migrations
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(__doc__, __name__, {"flask_migrate"}, instead="alembic, with its template async")
