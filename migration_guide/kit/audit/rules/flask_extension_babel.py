"""Flask-Babel does not run on Quart.

## What it does

Finds imports of Flask-Babel.

## Why it matters

It keeps the language in a context of Flask's. There is a port for Quart.

## Example

```python
from flask_babel import gettext
```

## Use instead

```python
from quart_babel import gettext
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(__doc__, __name__, {"flask_babel", "flask_babelex"}, instead="quart-babel")
