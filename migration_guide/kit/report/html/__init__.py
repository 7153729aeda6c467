"""The results as one page that opens offline."""

from migration_guide.kit.lab.results import Event


class HtmlReport:
    """Collects the events of one run, its requests included."""

    def __call__(self, event: Event) -> None: ...

    def text(self) -> str:
        """Of a run that has started; may be had at any time."""
        return "<!doctype html>\n"
