"""Which pull requests are taken, by what is known without looking at files or long texts.

    refusal(pull by dependabot[bot], ...) -> Problem("opened_by_bot", detail="stated")
    refusal(pull that was merged after a review, ...) -> None

StarCoder2 2.3, process_pr_events.py and render.py of the-stack-v2. The checks that cost least come first.
"""

from curation.draw import uniform
from curation.sources.base import Problem
from curation.structured.pulls.settings import PullSettings
from curation.structured.pulls.subsample import keep_probability
from curation.structured.pulls.who import opener, person_took_part
from curation.structured.records import PullRequest


def first_head(pull: PullRequest) -> str:
    """The head commit at the opening; "" if it is not known.

    The first event that names one; where none does, the only one whose files are known.
    """
    named = next((event.head for event in pull.events if event.head), "")
    return named or (next(iter(pull.files)) if len(pull.files) == 1 else "")


def refusal(
    pull: PullRequest, repository: str, settings: PullSettings, document: str, count: int
) -> Problem | None:
    """Why a pull request is not taken, or None.

    Args:
        pull: The pull request.
        repository: owner/name.
        settings: The limits.
        document: Seeds the draw.
        count: Pull requests of the repository; 0 if unknown.
    """
    return (
        _by_origin(pull, repository, settings)
        or _by_outcome(pull, settings)
        or _by_draw(pull, settings, document, count)
    )


def _by_origin(pull: PullRequest, repository: str, settings: PullSettings) -> Problem | None:
    """Where it comes from and who takes part."""
    if repository.lower() in {name.lower() for name in settings.excluded_repositories}:
        return Problem("repository_excluded")
    rule = opener(pull, settings.bots)
    if rule is not None:
        return Problem("opened_by_bot", detail=rule)
    if not pull.description.strip():
        return Problem("no_description")
    if not person_took_part(pull, settings.bots):
        return Problem("no_person_answered", value=len(pull.events))
    return None


def _by_outcome(pull: PullRequest, settings: PullSettings) -> Problem | None:
    """What became of it, and whether its opening can be shown."""
    approved = any(event.kind == "review" and event.state.lower() == "approved" for event in pull.events)
    if not approved and not pull.merged:
        return Problem("not_approved_or_merged")
    bases = 2 if pull.merged else 1  # merging may move the base once more
    if pull.base_count > bases:
        return Problem("several_bases", value=pull.base_count, limit=bases)
    if settings.require_diff and not pull.files.get(first_head(pull)):
        return Problem("no_initial_diff", value=len(pull.files))
    return None


def _by_draw(pull: PullRequest, settings: PullSettings, document: str, count: int) -> Problem | None:
    """Whether it is one of those that a repository of its size keeps."""
    if not settings.subsample:
        return None
    probability = keep_probability(count or pull.number)
    drawn = uniform(settings.seed, document, "keep the pull request")
    return None if drawn < probability else Problem("subsampled", value=drawn, limit=probability)
