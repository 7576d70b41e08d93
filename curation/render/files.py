r"""A file of code, and a notebook's script, in StarCoder's layout.

    octo/hello, a.py, 12 stars, "x = 1"  ->  "<reponame>octo/hello<filename>a.py<gh_stars>10-100\nx = 1"

Each of the three is there with a chance of its own; without any of them, the text is the code alone
(bigcode-dataset, add_content_with_meta.py). What is unknown is never shown, but for stars, which are 0.
"""

from curation.errors import BadInputError
from curation.render.item import Item, Parsed, ParsedFile
from curation.render.pen import Pen
from curation.render.reader import Reader
from curation.sentinels import FILENAME, GH_STARS, REPONAME
from curation.structured.outcome import Kind


def star_range(stars: int | None, limits: tuple[int, ...]) -> str:
    """The range that a count of stars falls in, such as 0, 1-10, 10-100 or 1000+.

    Args:
        stars: None if unknown, which counts as 0.
        limits: Last count of each range, rising.
    """
    if not stars or stars < 0:
        return "0"
    first = 1
    for last in limits:
        if stars <= last:
            return f"{first}-{last}"
        first = last
    return f"{first}+"


def write(item: Item, pen: Pen) -> list[str]:
    """The file, behind what chance shows of its repository."""
    settings, pieces = pen.settings, list[str]()
    if item.repo_name and pen.chance("repository_name", settings.repository_name_probability):
        pieces += (REPONAME, pen.line(item.repo_name))
    if item.path and pen.chance("file_name", settings.file_name_probability):
        pieces += (FILENAME, pen.line(item.path))
    if pen.chance("stars", settings.stars_probability):
        pieces += (GH_STARS, star_range(item.stars, settings.star_ranges))
    if pieces:
        pieces.append("\n")
    return [*pieces, pen.text(item.content)]


def read(reader: Reader, kind: Kind) -> Parsed:
    """The file that `write` wrote.

    Raises:
        BadInputError: If it is no such text.
    """
    if reader.done():
        return Parsed(kind, files=(ParsedFile(reader.head()),))
    shown: dict[str, str] = {}
    last = ""
    for token in (REPONAME, FILENAME, GH_STARS):
        if reader.at(token):
            last = token
            shown[token] = reader.take(token)
    reader.take_end()
    shown[last], newline, content = shown[last].partition("\n")
    if not newline:
        raise BadInputError(f"parse: expected a newline and code behind {last}, saw neither")
    file = ParsedFile(content, shown.get(FILENAME))
    return Parsed(kind, files=(file,), repo_name=shown.get(REPONAME), stars=shown.get(GH_STARS))
