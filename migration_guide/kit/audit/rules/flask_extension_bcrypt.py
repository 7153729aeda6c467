"""Flask-Bcrypt does not run on Quart.

## What it does

Finds imports of Flask-Bcrypt.

## Why it matters

It computes in the event loop for as long as bcrypt takes, and it is made for Flask.

## Example

```python
bcrypt.check_password_hash(known, password)
```

## Use instead

```python
await asyncio.to_thread(bcrypt.checkpw, password, known)
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__, __name__, {"flask_bcrypt"}, instead="bcrypt itself, in a thread, or quart-bcrypt"
)
