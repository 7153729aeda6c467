"""Flask-WTF does not run on Quart.

## What it does

Finds imports of Flask-WTF.

## Why it matters

A form reads the request when it is made, which in Quart has to be awaited. Quart-WTForms makes
forms by a coroutine, and validates by one.

## Example

```python
form = LoginForm()
if form.validate_on_submit():
    ...
```

## Use instead

```python
form = await LoginForm.create_form()
if await form.validate_on_submit():
    ...
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(__doc__, __name__, {"flask_wtf"}, instead="quart-wtforms")
