"""Which driver and which parameters a service gets."""

import pytest

from migration_guide.kit.lab.stacks import DRIVERS, STOCK, Profile, Stack, driver_url

URL = "postgresql://u:secret@h/x"


@pytest.mark.parametrize(
    ("stack", "profile", "url", "expected"),
    [
        ("flask", "hardened", f"{URL}?connect_timeout=5", "+psycopg2://"),
        ("quart", "bare", URL, "+asyncpg://"),
        ("quart", "same-settings", f"{URL}?sslmode=require", "x?ssl=require"),
        ("quart", "hardened", f"{URL}?sslmode=require", "x?sslmode=require"),
        ("quart", "hardened", "postgres://u:secret@h/x", "+resilient_asyncpg://"),
    ],
)
def test_the_driver_of_the_profile_is_put_in(
    stack: Stack, profile: Profile, url: str, expected: str
) -> None:
    assert expected in driver_url(DRIVERS[stack, profile], url)


@pytest.mark.parametrize("name", ["connect_timeout", "application_name", "keepalives", "dbname"])
def test_what_the_stock_dialect_does_not_take_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"does not take the parameter '{name}'") as caught:
        driver_url(STOCK, f"{URL}?{name}=5")
    assert "secret" not in str(caught.value)
