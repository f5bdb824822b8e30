from numberplate.cli.output.table import Table, table


def test_columns_are_as_wide_as_names_and_values_need() -> None:
    shown = table(["id", "confidence"], [["1", "9.5%"], ["皖A12345", "100.0%"]], right=("confidence",))
    assert shown.splitlines() == [
        "id        confidence",
        "────────────────────",
        "1               9.5%",
        "皖A12345      100.0%",  # a Chinese character takes two cells
    ]
    assert table(["a", "b"], []).splitlines() == ["a  b", "────"]


def test_what_is_wider_than_its_column_moves_the_rest() -> None:
    made = Table({"plate": 3, "ms": 2})
    assert made.row(["AB12CDE", "7"]) == "AB12CDE  7"
