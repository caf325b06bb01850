"""Pages for tests that look at them in a browser, made without drawing PNG figures or growing forests."""

from jrtune.analysis.analysis import Analysis
from jrtune.report.figures.figure import PageContext
from jrtune.report.page.document import page_data
from jrtune.report.page.render import live_data, render
from jrtune.report.tables.importance import Importance
from jrtune.report.tables.tables import all_tables

STORAGE = "sqlite:///my runs/x.db"
PNG = b"\x89PNG\r\n\x1a\n rest"


def parts_of(results, curves=None, comparison=(), models=None):
    """Context, tables and data, as render and live_data take them."""
    names = results.study.objectives
    found = Importance(("width", "sharing"), dict.fromkeys(names, (0.8, 0.2)), dict.fromkeys(names, 0.5))
    context = PageContext(Analysis(results, comparison), curves or {}, found)
    data = page_data(context, STORAGE, models)
    return context, all_tables(context.analysis), data


def html_of(results, curves=None, figures=None, live=False, **more):
    """The page."""
    context, tables, data = parts_of(results, curves, **more)
    return render(context, {"front": PNG} if figures is None else figures, tables, data, live=live)


def json_of(results):
    """What a live page asks for."""
    return live_data(*parts_of(results))


class Visit:
    """A page in the browser, with everything that it asked for and complained about."""

    def __init__(self, page):
        self.page, self.requested, self.complaints = page, [], []
        page.set_default_timeout(10_000)
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))

    def text(self, selector):
        """The text of the first match, in one line."""
        return " ".join(self.page.locator(selector).first.inner_text().split())

    def chosen(self):
        """The number of the trial that is shown."""
        return int(self.text("#detail h3").removeprefix("Trial "))

    def choose(self, rule):
        """Chooses by a rule of the form."""
        self.page.select_option("#rule", rule)

    def point(self, figure, number):
        """A trial's mark on one of the figures."""
        return self.page.locator(f"#{figure} [data-trial='{number}']").first

    def go(self, path, html):
        """Opens another page from a file, and forgets what the last one asked for and complained about."""
        path.write_text(html)
        self.requested.clear()
        self.complaints.clear()
        self.page.goto(path.as_uri())
        return self


def visit(browser, path, html, **context):
    """Opens the page from a file."""
    return opened(browser, **context).go(path, html)


def opened(browser, **context):
    """An empty page."""
    return Visit(browser.new_context(**context).new_page())
