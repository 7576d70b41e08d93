"""An HTML page -> its tags and text, to check what the report writes.

Page("<p>a &lt; b</p>").text  ->  ["a < b"]
"""

from html.parser import HTMLParser

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section", "div"),
    *("h1", "h2", "h3", "h4", "p", "a", "b", "span", "code", "pre", "img", "ul", "li", "table", "tr", "th"),
    *("td", "dl", "dt", "dd", "details", "summary"),
}
"""Elements that can neither act nor load anything."""
VOID = {"meta", "img"}


class Page(HTMLParser):
    """Everything of a page that matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
