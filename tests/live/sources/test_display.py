"""Videos that say how they are to be seen: what players do is done."""

from fractions import Fraction
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import av
import cv2
import numpy as np
import pytest

from numberplate.live.sources.base import SourceError
from numberplate.live.sources.display import to_rgb
from numberplate.live.sources.opening import open_source

WIDTH, HEIGHT = 96, 64


def marked(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Grey, with a white upper left and a black lower right corner."""
    picture = np.full((height, width, 3), 128, np.uint8)
    picture[: height // 4, : width // 4] = 255
    picture[-height // 4 :, -width // 4 :] = 0
    return picture


def corners(picture: np.ndarray) -> list[str]:
    """What is in the corners: upper left, upper right, lower right, lower left."""
    height, width = picture.shape[:2]
    levels = [
        int(picture[y, x].mean())
        for y, x in ((4, 4), (4, width - 4), (height - 4, width - 4), (height - 4, 4))
    ]
    return ["white" if v > 200 else "black" if v < 50 else "grey" for v in levels]


def write(path: Path, frames: list[np.ndarray], codec: str = "libx264", **of_stream: object) -> Path:
    with av.open(str(path), "w") as container:
        _add(container, frames, codec, of_stream)
    return path


def _add(
    container: object, frames: list[np.ndarray], codec: str, of_stream: dict, options: object = None
) -> None:
    stream = container.add_stream(codec, rate=10, options=options)
    stream.height, stream.width = frames[0].shape[:2]
    stream.pix_fmt = "yuv420p"
    for name, value in of_stream.items():
        setattr(stream.codec_context, name, value)
    for picture in frames:
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    container.mux(stream.encode(None))


TURNED = {
    0: ["white", "grey", "black", "grey"],
    90: ["grey", "black", "grey", "white"],
    180: ["black", "grey", "white", "grey"],
    -90: ["grey", "white", "grey", "black"],
}


@pytest.mark.parametrize("degrees", TURNED)
def test_the_display_matrix_turns_the_frame(tmp_path: Path, degrees: int) -> None:
    path = tmp_path / "phone.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        if not hasattr(stream, "set_display_rotation"):
            pytest.skip("this version of PyAV writes no display matrix")
        stream.height, stream.width, stream.pix_fmt = HEIGHT, WIDTH, "yuv420p"
        stream.set_display_rotation(degrees)
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(marked(), format="rgb24")))
        container.mux(stream.encode(None))
    frames = list(open_source(str(path)).frames())
    assert len(frames) == 3
    upright = degrees % 180 == 0
    assert frames[0].size == ((HEIGHT, WIDTH) if upright else (WIDTH, HEIGHT))
    # Counterclockwise, as ffmpeg counts.
    assert corners(frames[-1].picture) == TURNED[degrees]
    assert frames[0].small.shape == frames[0].picture.shape[:2]


def orientation(degrees: int) -> bytes:
    """H.264's SEI message of a display's orientation, counterclockwise, until the next sequence."""
    bits = f"000{degrees % 360 * 65536 // 360:016b}01001"
    return b"\0\0\1\x06\x2f\x03" + int(bits, 2).to_bytes(3) + b"\x80"


def sequence(degrees: int | None, start: int) -> list[av.Packet]:
    """Three frames from frame `start` on, of which the first says how all are turned, unless None."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 10), {"tune": "zerolatency"}
    picture = av.VideoFrame.from_ndarray(marked(), format="rgb24")
    made = []
    for number, coded in enumerate(
        [*encoder.encode(picture), *encoder.encode(picture), *encoder.encode(picture)]
    ):
        data = bytes(coded)
        if number == 0 and degrees is not None:
            data = data.replace(b"\0\0\1\x65", orientation(degrees) + b"\0\0\1\x65")
        packet = av.Packet(data)
        packet.pts = packet.dts = start + number
        packet.time_base, packet.is_keyframe = Fraction(1, 10), number == 0
        made.append(packet)
    return made


@pytest.mark.parametrize("degrees", TURNED)
def test_what_a_stream_says_of_a_key_frame_holds_until_the_next(tmp_path: Path, degrees: int) -> None:
    path = tmp_path / "camera.ts"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for packet in [*sequence(degrees, 0), *sequence(None, 3)]:
            packet.stream = stream
            container.mux(packet)
    frames = [corners(frame.picture) for frame in open_source(str(path)).frames()]
    assert frames == [TURNED[degrees]] * 3 + [TURNED[0]] * 3


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (Fraction(2), (64, 192)),
        (Fraction(1, 2), (128, 96)),
        (1, (64, 96)),
        (Fraction(20), (64, 96)),  # which cannot be
        (Fraction(1, 20), (64, 96)),
    ],
)
def test_pixels_are_made_square(tmp_path: Path, aspect: Fraction, size: tuple[int, int]) -> None:
    path = write(tmp_path / "gate.mp4", [marked()] * 3, sample_aspect_ratio=Fraction(aspect))
    for frame in open_source(str(path)).frames():
        assert frame.size == frame.picture.shape[:2] == size


def test_interlaced_frames_are_deinterlaced(tmp_path: Path) -> None:
    # A bar that moves by 8 pixels from field to field: as it is, every second line is elsewhere.
    frames = []
    for number in range(8):
        picture = np.full((HEIGHT, 192, 3), 40, np.uint8)
        for field in (0, 1):
            left = 8 * (2 * number + field)
            picture[field::2, left : left + 24] = 220
        frames.append(picture)
    path = tmp_path / "dvr.mkv"
    with av.open(str(path), "w") as container:
        options = {"x264-params": "tff=1:interlaced=1", "crf": "5"}
        _add(container, frames, "libx264", {}, options)
    with av.open(str(path)) as container:
        if not next(container.decode(video=0)).interlaced_frame:
            pytest.skip("this encoder makes no interlaced video")
    seen = list(open_source(str(path)).frames())
    assert len(seen) == len(frames)
    for frame, raw in zip(seen[2:-1], frames[2:-1], strict=True):

        def comb(picture: np.ndarray) -> float:
            grey = picture[..., 1].astype(float)
            return float(np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) / 2).mean())

        assert comb(frame.picture) < 0.3 * comb(raw)
    assert [f.seconds for f in seen] == pytest.approx([i / 10 for i in range(8)], abs=0.02)


@pytest.mark.parametrize(("transfer", "white", "grey"), [(16, 0.58, 0.36), (18, 0.75, 0.38)])
def test_high_dynamic_range_looks_as_it_should(transfer: int, white: float, grey: float) -> None:
    """`white`, `grey`: the signal of paper white, and of the grey that reflects 18 % of it."""
    if not hasattr(av.VideoFrame, "color_trc"):
        pytest.skip("this version of PyAV does not tell how a frame's light is coded")
    signal = np.zeros((16, 48, 3), np.float64)
    signal[:, :16], signal[:, 16:32], signal[:, 32:] = 0.0, grey, white
    image = av.VideoFrame.from_ndarray((signal * 65535).astype(np.uint16), format="rgb48le")
    image.color_trc = transfer
    seen = to_rgb(image)
    black, middle, bright = (int(seen[8, x].mean()) for x in (8, 24, 40))
    assert black < 5
    assert 90 < middle < 150
    assert 215 < bright < 250


def test_the_best_video_is_taken_and_not_the_first(tmp_path: Path) -> None:
    path = tmp_path / "gate.mp4"
    with av.open(str(path), "w") as container:
        small = container.add_stream("libx264", rate=10)
        small.width, small.height, small.pix_fmt = WIDTH // 2, HEIGHT // 2, "yuv420p"
        large = container.add_stream("libx264", rate=10)
        large.width, large.height, large.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(3):
            for stream in (small, large):
                picture = marked(stream.width, stream.height)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        for stream in (small, large):
            container.mux(stream.encode(None))
    frames = list(open_source(str(path)).frames())
    assert [f.size for f in frames] == [(HEIGHT, WIDTH)] * 3


def test_a_larger_video_that_cannot_be_decoded_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "gate.mkv"
    with av.open(str(path), "w") as container:
        small = container.add_stream("libx264", rate=10)
        small.width, small.height, small.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        large = container.add_stream("mpeg4", rate=10)
        large.width, large.height, large.pix_fmt = 2 * WIDTH, 2 * HEIGHT, "yuv420p"
        for stream in (small, large):
            picture = marked(stream.width, stream.height)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode(None))
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/ASP", b"V_MPEG4/ISO/XXX"))
    assert [f.size for f in open_source(str(path)).frames()] == [(HEIGHT, WIDTH)]


@pytest.fixture
def master(tmp_path: Path) -> Path:
    """An HLS playlist of two variants, of which the second is twice as wide and high."""
    lines = ["#EXTM3U"]
    for name, factor in (("low", 1), ("high", 2)):
        path = tmp_path / f"{name}.m3u8"
        with av.open(
            str(path), "w", format="hls", options={"hls_time": "1", "hls_list_size": "0"}
        ) as container:
            frames = [marked(WIDTH * factor, HEIGHT * factor)] * 60
            _add(container, frames, "libx264", {}, {"g": "10"})
        lines += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={factor}00000,RESOLUTION={WIDTH * factor}x{HEIGHT * factor}",
            path.name,
        ]
    master = tmp_path / "master.m3u8"
    master.write_text("\n".join(lines) + "\n")
    return master


def test_of_a_master_playlist_the_largest_variant_is_taken(master: Path) -> None:
    frames = list(open_source(str(master)).frames())
    assert [f.size for f in frames] == [(2 * HEIGHT, 2 * WIDTH)] * 60


def test_of_a_master_playlist_over_http_the_largest_variant_is_taken_and_no_other(master: Path) -> None:
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *request: Any) -> None:
            super().__init__(*request, directory=str(master.parent))

        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        frames = open_source(f"http://127.0.0.1:{server.server_port}/{master.name}").frames()
        assert [f.size for f in frames] == [(2 * HEIGHT, 2 * WIDTH)] * 60
        server.shutdown()
    # To find out what there is, the beginning of each is fetched.
    assert {"/high0.ts", "/high5.ts", "/low0.ts"} <= {*asked}
    assert "/low5.ts" not in asked


def test_a_picture_in_a_file_is_no_video(tmp_path: Path) -> None:
    jpeg = tmp_path / "cover.jpg"
    cv2.imwrite(str(jpeg), marked())
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44100)
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        try:
            cover.disposition = av.stream.Disposition.attached_pic
        except AttributeError:
            pytest.skip("this version of PyAV marks no pictures")
        image = av.VideoFrame.from_ndarray(marked(), format="rgb24")
        container.mux(cover.encode(image))
        container.mux(cover.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44100
        container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
    with pytest.raises(SourceError, match="no video, but a picture"):
        list(open_source(str(path)).frames())
