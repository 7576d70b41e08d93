"""Settings of rendering that contradict themselves are refused; profiles have the published figures."""

import pytest
from pydantic import ValidationError

from curation.render.settings import RenderSettings


def test_the_figures_are_the_published_ones() -> None:
    """0.2 for each part of StarCoder's prefix, 0.5 for StarCoder2's names, five ranges of stars."""
    settings = RenderSettings()
    assert settings.repository_name_probability == settings.file_name_probability == 0.2
    assert settings.stars_probability == 0.2
    assert settings.names_probability == 0.5
    assert settings.star_ranges == (10, 100, 1000)


@pytest.mark.parametrize(
    ("given", "by_repository"),
    [
        ({"family": "starcoder"}, False),
        ({"family": "starcoder2"}, True),
        ({"family": "starcoder2", "context": "file"}, False),
        ({"family": "starcoder2", "context": "repository"}, True),
        ({"family": "starcoder", "context": "file"}, False),
    ],
)
def test_the_family_decides_on_the_context_unless_it_is_given(
    given: dict[str, object], by_repository: bool
) -> None:
    """StarCoder was trained on files, StarCoder2 on repositories."""
    assert RenderSettings.model_validate(given).by_repository is by_repository


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"family": "starcoder", "context": "repository"}, "starcoder has no layout for repositories"),
        ({"family": "santacoder"}, "'starcoder' or 'starcoder2'"),
        ({"star_ranges": (10, 10)}, r"star_ranges are \(10, 10\), expected counts from 1 that rise"),
        ({"star_ranges": (0, 10)}, "expected counts from 1"),
        ({"star_ranges": ()}, "at least 1 item"),
        ({"more_sentinels": ("user",)}, "more_sentinels has 'user', expected <...>"),
        ({"more_sentinels": ("<a b>",)}, "more_sentinels has '<a b>'"),
        ({"more_sentinels": ("<a>b>",)}, "more_sentinels has '<a>b>'"),
        ({"more_sentinels": ("<a\u2060b>",)}, "more_sentinels has"),
        ({"more_sentinels": (f"<{'a' * 99}>",)}, "at most 100 characters"),
        ({"names_probability": 1.5}, "less than or equal to 1"),
        ({"max_document_bytes": -1}, "greater than or equal to 0"),
        ({"nonsense": 1}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, object], message: str) -> None:
    """Each message says what was seen or expected."""
    with pytest.raises(ValidationError, match=message):
        RenderSettings.model_validate(given)
