"""What the rules for extensions claim of Quart-Auth and Quart-WTForms."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import quart_auth
from quart import Quart, render_template_string
from quart_auth import AuthUser, QuartAuth, current_user, login_required, login_user
from quart_wtf import QuartForm
from quart_wtf.meta import QuartFormMeta
from wtforms import StringField, ValidationError

UNAWAITED = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@contextmanager
def told_here() -> Iterator[None]:
    """A coroutine that nobody awaits is told of here, not in another test."""
    yield
    gc.collect()


@UNAWAITED
async def test_nobody_is_authenticated_and_without_await_everybody_is() -> None:
    with told_here():
        nobody = AuthUser(None)
        assert nobody.is_authenticated  # type: ignore[truthy-bool]  # mypy sees it
    assert await nobody.is_authenticated is False
    assert await AuthUser("1").is_authenticated is True


async def test_a_template_awaits_whether_the_user_is_authenticated() -> None:
    app = Quart(__name__)
    app.secret_key = "for tests"
    app.config["QUART_AUTH_COOKIE_SECURE"] = False  # the test client speaks plain HTTP
    QuartAuth(app)

    @app.get("/")
    async def who() -> str:
        return await render_template_string(
            "{% if current_user.is_authenticated %}in{% else %}out{% endif %}"
        )

    @app.post("/")
    async def enter() -> str:
        login_user(AuthUser("1"))
        return ""

    client = app.test_client()
    answers = [await (await client.get("/")).get_data(as_text=True)]
    await client.post("/")
    answers.append(await (await client.get("/")).get_data(as_text=True))
    assert answers == ["out", "in"]


def test_a_user_has_its_id_alone_and_names_are_missing() -> None:
    for name in ("name", "is_anonymous", "is_active", "get_id"):
        assert not hasattr(AuthUser("1"), name)
    for name in ("UserMixin", "AnonymousUserMixin", "fresh_login_required", "LoginManager"):
        assert not hasattr(quart_auth, name)
    assert callable(login_required)
    assert current_user is not None


class SignUp(QuartForm):
    name = StringField()
    mail = StringField()

    class Meta(QuartFormMeta):
        csrf = False

    async def validate_name(self, field: Any) -> None:
        raise ValidationError(f"{field.data} is taken.")

    async def async_validators_mail(self, field: Any) -> None:
        if field.data:
            raise ValidationError(f"{field.data} is taken.")


@UNAWAITED
async def test_a_validator_under_its_old_name_is_not_awaited() -> None:
    app = Quart(__name__)
    app.secret_key = "for tests"
    async with app.test_request_context("/", method="POST", form={"name": "ann", "mail": ""}):
        with told_here():
            form = await SignUp.create_form()
            assert await form.validate()  # although validate_name() refuses every name
    async with app.test_request_context("/", method="POST", form={"name": "ann", "mail": "a"}):
        with told_here():
            form = await SignUp.create_form()
            assert not await form.validate()
            assert form.errors == {"mail": ["a is taken."]}


@UNAWAITED
async def test_a_form_whose_validation_is_not_awaited_is_valid() -> None:
    app = Quart(__name__)
    app.secret_key = "for tests"
    async with app.test_request_context("/", method="POST", form={"mail": "a"}):
        with told_here():
            form = await SignUp.create_form()
            validated = form.validate_on_submit()
            assert validated  # type: ignore[truthy-bool]  # mypy sees it too


async def test_a_form_that_its_class_makes_is_empty() -> None:
    app = Quart(__name__)
    app.secret_key = "for tests"
    async with app.test_request_context("/", method="POST", form={"name": "ann"}):
        assert SignUp().name.data is None
        assert (await SignUp.create_form()).name.data == "ann"
