import pytest

from tests.kit.audit.rules.checking import check_found, check_noop

RULE = "wsgi-server"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Procfile", "web: hypercorn app:app\n"),
        ("Dockerfile", "# gunicorn is gone\nCMD hypercorn app:app\n"),
        ("requirements.txt", "flask==3.1\ngunicorn-like==1\n"),
        ("setup.sh", "cp /etc/gunicorn.conf /tmp\n"),
        ("notes.md", "We run gunicorn.\n"),
    ],
)
def test_noop(name: str, text: str) -> None:
    check_noop(RULE, {name: text})


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("Procfile", "web: gunicorn app:app\n", "gunicorn"),
        ("Dockerfile", 'FROM python\nCMD ["gunicorn", "app:app"]\n', "gunicorn"),
        ("requirements.txt", "flask\ngunicorn>=20\n", "gunicorn"),
        ("start.sh", "exec flask run --port 80\n", "flask run"),
        ("uwsgi.ini", "[uwsgi]\nmodule = app\n", "uwsgi"),
    ],
)
def test_it_is_found(name: str, text: str, line: str) -> None:
    check_found(RULE, {name: text}, f"{name}: {line}")
