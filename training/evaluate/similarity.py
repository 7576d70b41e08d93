"""How alike two texts are, in single characters that would have to be changed.

    distance("kitten", "sitting")     -> 3
    similarity("kitten", "sitting")   -> 0.571...     1 - 3 / 7

Levenshtein's distance with a column of the table held in the bits of one number (Myers 1999, in the form of
Hyyrö 2001): one character of one text is compared with all of the other in a handful of operations on whole
numbers, so that texts of 10,000 characters take a tenth of a second and memory for a few of them. Other
measures of the name exist: RepoBench's edit similarity counts no replacements.
"""


def distance(one: str, other: str) -> int:
    """Insertions, deletions and replacements of characters that make one text of another, at least.

    Args:
        one: Any text.
        other: Any text.
    """
    if len(one) < len(other):
        one, other = other, one
    if not other:
        return len(one)
    places: dict[str, int] = {}
    for number, character in enumerate(other):
        places[character] = places.get(character, 0) | 1 << number
    last, every = 1 << (len(other) - 1), (1 << len(other)) - 1
    up, down, found = every, 0, len(other)  # where the column rises by one, where it falls, and its end
    for character in one:
        equal = places.get(character, 0)
        diagonal = (((equal & up) + up) ^ up) | equal | down
        right_up, right_down = (down | ~(diagonal | up)) & every, up & diagonal
        found += bool(right_up & last) - bool(right_down & last)
        right_up, right_down = right_up << 1 | 1, right_down << 1
        up, down = (right_down | ~(diagonal | right_up)) & every, right_up & diagonal & every
    return found


def similarity(one: str, other: str) -> float:
    """1 for equal texts, 0 for texts without a common character in place: 1 - distance / longer length.

    Args:
        one: Any text.
        other: Any text.
    """
    longer = max(len(one), len(other))
    return 1.0 if longer == 0 else 1.0 - distance(one, other) / longer
