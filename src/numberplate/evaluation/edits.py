"""How two texts differ."""

from __future__ import annotations


def align(a: str, b: str) -> list[tuple[str, str]]:
    """The two texts side by side, with the fewest differences: pairs of characters, "" where one has none.

    >>> align("AB123", "A8123C")
    [('A', 'A'), ('B', '8'), ('1', '1'), ('2', '2'), ('3', '3'), ('', 'C')]
    """
    table = [[*range(len(b) + 1)]]  # table[i][j]: the distance of a[:i] and b[:j]
    for i in range(1, len(a) + 1):
        above, row = table[-1], [i]
        for j in range(1, len(b) + 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])))
        table.append(row)
    pairs = []
    i, j = len(a), len(b)
    while i or j:
        if i and j and table[i][j] == table[i - 1][j - 1] + (a[i - 1] != b[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((a[i], b[j]))
        elif i and table[i][j] == table[i - 1][j] + 1:
            i -= 1
            pairs.append((a[i], ""))
        else:
            j -= 1
            pairs.append(("", b[j]))
    return pairs[::-1]


def edit_distance(a: str, b: str) -> int:
    """Levenshtein distance: the fewest insertions, deletions and replacements that turn `a` into `b`.

    >>> edit_distance("AB123", "A8123C")
    2
    """
    return sum(left != right for left, right in align(a, b))
