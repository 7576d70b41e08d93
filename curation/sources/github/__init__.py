"""What GitHub says about issues and pull requests -> threads and pull requests.

    values     a login, a text, a time, whatever they come as
    events     one line of GH Archive -> one event
    stored     an event, a file's contents or a problem as the bytes of an item, and back
    history    the events of one number, each once, in order, with the last edition of what was said
    threads    history -> Thread
    pulls      history -> PullRequest

Nothing here reads or writes files; see `curation.sources.github_events` and `github_threads` for that.
"""
