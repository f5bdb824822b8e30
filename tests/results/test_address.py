"""Addresses without their secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.results.address import without_secrets


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://admin:s3cret@10.0.0.1:554/x", "rtsp://10.0.0.1:554/x"),
        ("rtsp://admin@10.0.0.1/x", "rtsp://10.0.0.1/x"),
        ("rtsp://admin:p@ss@host/x?y=1", "rtsp://host/x?y=1"),
        ("rtsp://u:pa/ss@h/x", "rtsp://h/x"),
        ("rtsp://u:p%40@[::1]:8554/s", "rtsp://[::1]:8554/s"),
        ("http://h/video.cgi?user=a&pwd=b&x=1", "http://h/video.cgi?user=***&pwd=***&x=1"),
        ("http://h/cgi?PASSWORD=x;usr=y", "http://h/cgi?PASSWORD=***;usr=***"),
        ("http://h/a.mjpg?token=abc#frag", "http://h/a.mjpg?token=***#frag"),
        ("http://h/a.cgi?loginuse=admin&loginpas=xx", "http://h/a.cgi?loginuse=***&loginpas=***"),
        ("http://h/a?access_token=xx&api_key=y", "http://h/a?access_token=***&api_key=***"),
        ("http://h/a?X-Amz-Signature=0f", "http://h/a?X-Amz-Signature=***"),
        (
            "rtsp://h/user=admin_password=tlJw_pbo6_channel=1_stream=0.sdp?real_stream",
            "rtsp://h/user=***_password=***_channel=1_stream=0.sdp?real_stream",
        ),
        ("rtsp://h/cam?channel=1&subtype=0", "rtsp://h/cam?channel=1&subtype=0"),
        ("http://h/x?resolution=640&fps=5", "http://h/x?resolution=640&fps=5"),
        ("rtsp://h:554/a@b", "rtsp://h:554/a@b"),
        ("rtsp://[::1]:554/a@b", "rtsp://[::1]:554/a@b"),
        ("rtsp:/admin:s3cret@h/x", "rtsp:/h/x"),
        ("rtsp//admin:s3cret@h:554/x?pwd=y", "rtsp//h:554/x?pwd=***"),
        ("rtsp:admin:s3cret@h/x", "rtsp:h/x"),
        ("RTSP:///admin:s3cret@h/x", "RTSP:///h/x"),
        ("http:/u:p@ss@h/x", "http:/h/x"),
        ("http:/h:80/a@b", "http:/h:80/a@b"),
        ("http:/home/cars/a.mp4", "http:/home/cars/a.mp4"),
        ("gate.mp4", "gate.mp4"),
        ("C:\\videos\\a@b.mp4", "C:\\videos\\a@b.mp4"),
    ],
)
def test_what_is_shown_of_an_address(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


@pytest.mark.parametrize("part", ["key", "auth-", "_id", "a:", "_a=", "rtsp:"])
def test_a_text_of_many_letters_is_shown_at_once(part: str) -> None:
    address = "http://h/x?" + 20_000 * part
    assert without_secrets(address) == address
    assert without_secrets(f"http://{20_000 * 'a:'}p@h/x") == "http://h/x"


_WORD = st.text(
    st.characters(codec="ascii", exclude_characters="@/?#:&;_= ", categories=["L", "N", "P", "S"])
)


@given(_WORD, _WORD.map("S3CRET".__add__), st.sampled_from(["rtsp", "rtsps", "http", "https", "rtmp"]))
def test_no_password_is_left(user: str, password: str, scheme: str) -> None:
    for address in (
        f"{scheme}://{user}:{password}@camera.example:554/1?channel=2",
        f"{scheme}://camera.example/1?user={user}&password={password}&channel=2",
        f"{scheme}://camera.example/user={user}_password={password}_channel=2.sdp",
    ):
        shown = without_secrets(address)
        assert "S3CRET" not in shown
        assert shown.startswith(f"{scheme}://camera.example")
        assert "channel=2" in shown
        assert without_secrets(shown) == shown
