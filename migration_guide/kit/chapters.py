"""The chapters of the guide, to which the tools refer."""

from enum import StrEnum


class Chapter(StrEnum):
    """A page of the guide, with the section where there is one; from the root of the repository."""

    WHAT_THE_SETTINGS_DO = (
        "migration_guide/06-flip-the-database.md#what-the-two-settings-then-do-and-what-they-do-not"
    )
    OPTIONS = "migration_guide/reference/options.md"
    SYNC_FIRST = "migration_guide/03-stay-sync-first.md"
    PLAIN_SQLALCHEMY = "migration_guide/04-plain-sqlalchemy.md"
    FRAMEWORK = "migration_guide/05-flip-the-framework.md"
    DATABASE = "migration_guide/06-flip-the-database.md"
    URL = "migration_guide/06-flip-the-database.md#the-url-names-an-asynchronous-driver"
    NO_IMPLICIT_IO = "migration_guide/07-no-implicit-io.md"
    SQL = "migration_guide/08-sql-and-types.md"
    ERRORS = "migration_guide/09-errors.md"
    ERROR_CLASSES = "migration_guide/reference/error-classes.md"
    TESTS = "migration_guide/10-tests.md"
    DEPLOYMENT = "migration_guide/11-deployment.md"
    SEVERAL_MACHINES = "migration_guide/several-machines.md"

    @property
    def path(self) -> str:
        return self.value.partition("#")[0]

    @property
    def page(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]

    @property
    def anchor(self) -> str:
        return self.value.partition("#")[2]
