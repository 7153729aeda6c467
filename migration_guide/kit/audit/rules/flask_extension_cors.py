"""Flask-CORS does not run on Quart.

## What it does

Finds imports of Flask-CORS.

## Why it matters

The headers are set by hooks of Flask. Quart-CORS sets the same.

## Example

```python
from flask_cors import CORS

CORS(app)
```

## Use instead

```python
from quart_cors import cors

app = cors(app)
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(__doc__, __name__, {"flask_cors"}, instead="quart-cors")
