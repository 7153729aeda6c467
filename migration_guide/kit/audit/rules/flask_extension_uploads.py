"""Flask-Uploads does not run on Quart.

## What it does

Finds imports of Flask-Uploads.

## Why it matters

It saves the files of a request, which in Quart have to be awaited. There is a port for Quart.

## Example

```python
photos.save(request.files["photo"])
```

## Use instead

```python
await photos.save((await request.files)["photo"])
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(__doc__, __name__, {"flask_uploads", "flask_reuploaded"}, instead="quart-uploads")
