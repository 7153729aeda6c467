"""Flask-Compress does not run on Quart.

## What it does

Finds imports of Flask-Compress.

## Why it matters

It compresses the body of a response, which in Quart has to be awaited. There is a port for Quart; a
proxy can do it as well.

## Example

```python
Compress(app)
```

## Use instead

```python
Compress(app)  # of quart_compress
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__, __name__, {"flask_compress"}, instead="quart-compress, or the proxy before it"
)
