"""Downloads of source distributions: the right file, checked, and nothing of it run."""

import hashlib
from pathlib import Path

import pytest
import sdists

CONTENT = b"an archive"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PAGE = f"""<a href="a_b-1.0-py3-none-any.whl#sha256={"0" * 64}">wheel</a>
<a href="a_b-1.0.tar.gz#sha256={DIGEST}">1</a> <a href="a_b-1.0.1.tar.gz">2</a>"""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """An index with one project, instead of the network."""
    base = "https://index.example/simple/a-b/"
    pages = {base: PAGE.encode(), f"{base}a_b-1.0.tar.gz": CONTENT}
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple/")
    monkeypatch.setattr(sdists, "fetch", pages.__getitem__)
    return pages


def test_a_pinned_sdist_is_downloaded_once(
    index: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names match as indexes match them; what is there already is not asked for again."""
    assert sdists.main([str(tmp_path / "new"), "A.b==1.0"]) == 0
    target = tmp_path / "new" / "a-b-1.0.tar.gz"
    assert target.read_bytes() == CONTENT
    assert capsys.readouterr().out == f"{target}\n"
    index.clear()
    assert sdists.download(tmp_path / "new", "a_b==1.0") == target
    assert [path.name for path in target.parent.iterdir()] == ["a-b-1.0.tar.gz"]


@pytest.mark.parametrize(
    ("pin", "message"),
    [
        ("a-b==2.0", "no .tar.gz on its index page"),
        ("a-b==1.0.1", "expected a link with #sha256=..., saw ''"),
        ("a-b", "expected name==version, saw 'a-b'"),
        ("../a==1", "expected name==version, saw '../a==1'"),
    ],
)
def test_what_cannot_be_had_is_said(
    index: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str], pin: str, message: str
) -> None:
    """And nothing is left behind."""
    assert sdists.main([str(tmp_path), pin]) == 1
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_other_bytes_than_the_index_states_are_not_kept(index: dict[str, bytes], tmp_path: Path) -> None:
    """A file that was changed on its way is no file."""
    index["https://index.example/simple/a-b/a_b-1.0.tar.gz"] = b"other"
    with pytest.raises(ValueError, match="the sha256 of what was downloaded is not"):
        sdists.download(tmp_path, "a-b==1.0")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://host/a"])
def test_only_the_web_is_asked(address: str) -> None:
    """A link to a local file is no download."""
    with pytest.raises(ValueError, match="expected an address with http or https"):
        sdists.fetch(address)


def test_without_a_configured_index_the_public_one_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pip does; without a slash at the end."""
    monkeypatch.setenv("PIP_INDEX_URL", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    assert sdists.index_url() == "https://pypi.org/simple"
