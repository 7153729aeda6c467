"""Flask-Login does not run on Quart.

## What it does

Finds imports of Flask-Login.

## Why it matters

Who is logged in is kept by an extension that is made for Flask. Quart-Auth does the same on Quart,
with a cookie of its own: during a cut-over a user who is logged in on one side is not on the other.

## Example

```python
from flask_login import current_user, login_required
```

## Use instead

```python
from quart_auth import current_user, login_required
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(__doc__, __name__, {"flask_login"}, instead="quart-auth")
