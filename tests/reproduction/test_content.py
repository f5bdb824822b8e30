from pathlib import Path

from numberplate.reproduction.content import content_of


def test_the_same_files_elsewhere_are_the_same(tmp_path: Path) -> None:
    for place in ("a", "b/c"):
        (tmp_path / place / "inside").mkdir(parents=True)
        (tmp_path / place / "inside" / "x.jpg").write_bytes(b"one")
        (tmp_path / place / "plates.csv").write_bytes(b"two")
    one, other = content_of([tmp_path / "a"]), content_of([tmp_path / "b" / "c"])
    assert one == other
    assert one[0] == 2
    (tmp_path / "a" / "README.md").write_text("no picture")
    (tmp_path / "a" / ".DS_Store.jpg").write_text("hidden")
    assert content_of([tmp_path / "a"]) == one
    # Where within the folder it lies does: boxes name pictures so.
    (tmp_path / "a" / "inside").rename(tmp_path / "a" / "elsewhere")
    assert content_of([tmp_path / "a"]) != one


def test_names_and_contents_count(tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"one")
    first = content_of([tmp_path])
    (tmp_path / "x.ttf").write_bytes(b"two")
    second = content_of([tmp_path])
    (tmp_path / "x.ttf").rename(tmp_path / "y.ttf")
    third = content_of([tmp_path])
    assert len({first, second, third}) == 3
    assert content_of([tmp_path / "y.ttf"]) == third  # an archive, or one file
    assert content_of([]) == content_of([tmp_path / "y.ttf" / "none"][:0])


def test_files_of_one_name_in_several_places_all_count(tmp_path: Path) -> None:
    for place, content in (("a", b"one"), ("b", b"two"), ("c", b"three")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "x.ttf").write_bytes(content)
    a, b, c = (tmp_path / place for place in "abc")
    assert content_of([a, b]) == content_of([b, a])
    assert content_of([a, b])[0] == 2
    assert len({content_of(places) for places in ([a, b], [c, b], [b])}) == 3
    assert content_of([a, a]) == content_of([a])
