"""Flask-Login does not run on Quart.

## What it does

Finds imports of Flask-Login.

## Why it matters

Who is logged in is kept by an extension that is made for Flask. Quart-Auth does the same on Quart,
with a cookie of its own: during a cut-over a user who is logged in on one side is not on the other.

What has the same name is not the same. `current_user` knows the id of the user and no more: what
Flask-Login's `user_loader` loads, a class of yours has to. `is_authenticated` is a coroutine, which
without `await` is true for everybody. There is no `UserMixin`, no `is_anonymous`, no
`fresh_login_required`. `login_user()` takes an `AuthUser`, not a row. The cookie goes over HTTPS
only, unless `QUART_AUTH_COOKIE_SECURE` is `False`, as in tests.

## Example

```python
from flask_login import current_user, login_required
```

## Use instead

```python
from quart_auth import AuthUser, QuartAuth, current_user, login_required


class CurrentUser(AuthUser):
    async def row(self):
        async with new_session() as session:
            return await session.get(User, int(self.auth_id))


auth = QuartAuth(user_class=CurrentUser)
...
login_user(CurrentUser(str(user.id)))
...
user = await current_user.row()
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`, and `is_authenticated`
by `authenticated-without-await`. Attributes of `current_user` are not: read each use of it. The
page `html-applications.md` of the guide keeps Flask-Login's keys on Quart instead, so that nobody
is logged out.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(__doc__, __name__, {"flask_login"}, instead="quart-auth")
