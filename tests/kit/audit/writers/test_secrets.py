"""Which parts of a source line a report hides."""

import pytest

from migration_guide.kit.audit.writers.secrets import mask, mask_line

HIDDEN = [
    "URL = 'postgresql://u:geheim@h/d'",
    "URL = 'postgresql://u:' + 'geheim' + '@h/d'",
    "URL = 'postgresql://%s:%s@h/d' % ('u', 'geheim')",
    "URL = 'postgresql://{}:{}@h/d'.format('u', 'geheim')",
    "url = URL.create('postgresql', 'u', 'geheim', 'h')",
    "smtp.login('u', 'geheim')",
    "URL = 'postgresql://u:geh@geheim@h/d'",
    'SECRET_KEY = "geheim"',
    "app.config['SECRET_KEY'] = 'geheim'",
    'app.config.update(SECRET_KEY="geheim", DEBUG=True)',
    '{"password": "geheim"}',
    "connect(password='geheim')",
    "os.environ.get('SECRET_KEY', 'geheim')",
    "os.environ.get('SECRET_KEY') or 'geheim'",
    "api_key = 'geheim'",
    "check('host=h password=geheim')",
    "user.set_password('geheim')",
    "key = 'AKIAABCDEFGHIJKLMNOP'",
    "requests.get(url, auth=('u', 'geheim'))",
    "requests.get(url, auth=HTTPBasicAuth('u', 'geheim'))",
    "psycopg2.connect('dbname', 'u', 'geheim')",
]
KEPT = [
    "password = request.form['password']",
    "if check_password(user, password): return 'welcome'",
    "name = 'an ordinary text, with a comma'",
    "db.Column('id', db.Integer, primary_key=True, name='kept')",
    "URL = 'postgresql://{user}:{password}@h/d'",
    "os.environ['SECRET_KEY']",
    "os.environ.get('SECRET_KEY')",
    "redirect('http://host:8080/path')",
    "sorted(rows, key=lambda row: row['name'])",
    "{'keyboard': 'kept'}",
]


@pytest.mark.parametrize("line", HIDDEN)
def test_a_secret_is_hidden(line: str) -> None:
    shown = mask(line)
    assert "***" in shown
    assert "geheim" not in shown
    assert "AKIA" not in shown


@pytest.mark.parametrize("line", KEPT)
def test_what_is_no_secret_is_kept(line: str) -> None:
    assert mask(line) == line


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("SECRET_KEY=geheim", "SECRET_KEY=***"),
        ("gunicorn --db-password geheim app", "gunicorn --db-password ***"),
        ("gunicorn --env=API_TOKEN=geheim app", "gunicorn --env=API_TOKEN=***"),
        ("curl -u ann:geheim http://h", "curl -u ann:***"),
        ("gunicorn --bind 127.0.0.1:80 app:app", "gunicorn --bind 127.0.0.1:80 app:app"),
        ("ENV DB_PASSWORD geheim", "ENV DB_PASSWORD ***"),
        ("  password: geheim", "  password: ***"),
        ("SECRET_KEY=${SECRET_KEY}", "SECRET_KEY=${SECRET_KEY}"),
        ("PORT=8000", "PORT=8000"),
    ],
)
def test_files_without_quotes(line: str, shown: str) -> None:
    assert mask(line, python=False) == shown


def test_a_row_of_literals_is_hidden_to_its_end() -> None:
    lines = [
        "engine = create_engine(",
        "    'postgresql://u:'",
        "    'geheim'",
        "    '@h/d')",
        "",
        "'a'",
    ]
    shown = [mask_line(lines, number, python=True) for number in range(1, len(lines) + 1)]
    assert shown == [*lines[:2], "    '***'", "    '***')", "", "'a'"]
