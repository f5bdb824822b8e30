"""`PlateReader`, by which the library is used."""

import copy
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sized
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from numberplate.geometry.quads import Picture
from numberplate.models.device import CPU
from numberplate.pictures.decode import (
    Decoded,
    Order,
    PictureError,
    Source,
    decode_picture,
    source_name,
)
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.reading.devices import on_device
from numberplate.reading.options import ReadOptions
from numberplate.reading.pool import ReaderPool, default_jobs
from numberplate.reading.report import Report
from numberplate.reading.scheme import Scheme, Search
from numberplate.results.plate import Plate
from numberplate.results.plates import Plates


class PlateReader:
    """Reads the number plates in pictures. It keeps no state between pictures, and threads may share it.

    It can be copied, and pickled for other processes, which load the networks again from the same folder.

        reader = PlateReader()
        plates = reader.read("car.jpg")

    Args:
        weights: folder of a bundle; None for the package's own. Only from whom you trust: what is not a
            network that is whole in itself is refused, but a network may be made to take any time and memory,
            and to read wrongly.
        threads: processor threads that the networks run on.
        options: how pictures are read; None for the defaults.
        device: what the networks run on: "cpu", "cuda", "openvino", "coreml", "directml", "migraphx", as this
            ONNX Runtime has them, or "auto": that of them which proves fastest, whose name is then in
            `device`. Those that do not start are logged.
        changes: options by name, such as `min_confidence=0.5`, in place of those of `options`.

    Raises WeightsError when the weights cannot be used, DeviceError where the device is not there or does not
    start, RegionError for a region that is not known and ValueError for an option out of range.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        options: ReadOptions | None = None,
        device: str = CPU,
        **changes: Any,
    ):
        self.options = replace(options or ReadOptions(), **changes)
        self.threads = threads
        self.scheme, self.device = on_device(lambda name: self._scheme(weights, name), device)

    def _scheme(self, weights: str | Path | None, device: str) -> Scheme:
        options = self.options
        threshold, expected = options.detection_threshold, Regions(options.regions)
        if options.scheme == "windows":
            from numberplate.reading.windows import Windows  # of use here alone

            return Windows(weights, self.threads, threshold, options.overlap, device)
        return Cascade(weights, self.threads, threshold, options.longest_side, expected, device)

    def with_options(
        self,
        regions: Regions | None = None,
        min_confidence: float | None = None,
        candidates: int | None = None,
        plate_only: bool | None = None,
    ) -> "PlateReader":
        """A reader with other options, None for this one's own, that shares this one's networks.

        `regions`: expected ones; of no effect on the scheme "windows". Raises ValueError for an argument out
        of range.
        """
        other, own = copy.copy(self), self.options
        other.options = replace(
            own,
            min_confidence=own.min_confidence if min_confidence is None else min_confidence,
            candidates=own.candidates if candidates is None else candidates,
            plate_only=own.plate_only if plate_only is None else plate_only,
        )
        if regions is not None:
            other.scheme = self.scheme.with_regions(regions)
        return other

    def read(self, picture: Source, order: Order = "RGB") -> Plates:
        """The plates of one picture, best first: a list.

        `picture`: the path of a file, an address, bytes, a file object, a picture of Pillow's, or an array,
        which is not changed; see `numberplate.pictures.decode.decode_picture`. `order`: of an array's
        channels; "BGR" for what cv2.imread gives.

        Raises PictureError when it cannot be read.
        """
        decoded = self._decode(picture, source_name(picture), order, self.scheme.grey_side)
        plates = self._plates(self._search(decoded).plates, decoded)
        return Plates(plates, decoded.width, decoded.height, decoded.warnings)

    def read_crop(self, picture: Source, order: Order = "RGB") -> Plate | None:
        """The plate of a picture that shows a plate and little else; None where it reads as none.

        `picture`, `order`: as of `read`. Raises PictureError when it cannot be read, and ValueError for a
        reader with the scheme "windows", which has no such way.
        """
        decoded = self._decode(picture, source_name(picture), order, self.scheme.grey_side)
        search = self.scheme.search_crop(decoded.pixels, self.options.candidates)
        plates = self._plates(search.plates, decoded)
        return plates[0] if plates else None

    def _search(self, decoded: Decoded) -> Search:
        if self.options.plate_only:
            return self.scheme.search_crop(decoded.pixels, self.options.candidates)
        return self.scheme.search(decoded.pixels, self.options.candidates, decoded.whole)

    def read_many(
        self, pictures: Iterable[Source], jobs: int | None = None, order: Order = "RGB"
    ) -> Iterator[Report]:
        """Reads many pictures on several cores: the report of each, in order, as soon as it is there.

            for report in reader.read_many(Path("photos").glob("*.jpg")):
                print(report.source, [plate.text for plate in report.plates], report.error)

        `pictures`: each as of `read`, taken as they are needed: it may have no end. `jobs`: pictures that
        are read at once, each in a process of its own; None for as many as there are cores, and as the
        pictures are worth. `order`: as of `read`. Raises TypeError for a single picture in place of several.

        A picture that cannot be read gives a report with an error, as `report` does. Reports have no
        `picture` and no `search`. Where the iterator is left before its end, its processes end. A
        `ReaderPool` keeps them for the next pictures.
        """
        with ReaderPool(self, self._jobs(jobs, pictures)) as pool:
            yield from pool.map(pictures, order)

    async def read_many_async(
        self,
        pictures: Iterable[Source] | AsyncIterable[Source],
        jobs: int | None = None,
        order: Order = "RGB",
    ) -> AsyncIterator[Report]:
        """The same for an event loop, which goes on meanwhile; `pictures` may come from one.

        async for report in reader.read_many_async(paths):
            ...
        """
        import asyncio  # which whoever has an event loop has imported

        pool = ReaderPool(self, self._jobs(jobs, pictures))
        finished = False
        try:
            async for report in pool.map_async(pictures, order):
                yield report
            finished = True
        finally:
            await asyncio.to_thread(pool.close, finished)  # which waits for processes and threads to end

    def _jobs(self, jobs: int | None, pictures: object) -> int:
        known = len(pictures) if isinstance(pictures, Sized) else None
        return default_jobs(self.threads, known) if jobs is None else jobs

    def decode(self, picture: Source, name: str | None = None, order: Order = "RGB") -> Picture:
        """The picture, uint8 (height, width, 3), RGB. Raises PictureError when it cannot be read.

        `name`: of the source; None for its path or address, or what it is, such as "<bytes>".
        """
        return self._decode(picture, source_name(picture) if name is None else name, order).pixels

    def report(
        self, picture: Source, name: str | None = None, order: Order = "RGB", keep: bool = True
    ) -> Report:
        """Reads one picture and gives what the command line and others print; see `Report`.

        Raises nothing for a picture that cannot be read: the report says so. `name`: of the source; None for
        its path or address, or what it is, such as "<bytes>". `keep`: whether the report has the picture, in
        colour, and all that was looked at. A JPEG is decoded once more for that, as it is read in grey.
        """
        source = source_name(picture) if name is None else name
        start = time.perf_counter()
        try:
            decoded = self._decode(picture, source, order, self.scheme.grey_side)
            search = self._search(decoded)
            plates = tuple(self._plates(search.plates, decoded))
            milliseconds = 1000 * (time.perf_counter() - start)
            kept = None
            if keep:
                kept = decoded.pixels if decoded.colours is None else decoded.colours()
        except PictureError as error:
            return Report(source, error=error.reason, fault=error)
        return Report(
            source,
            decoded.width,
            decoded.height,
            milliseconds,
            plates,
            warnings=decoded.warnings,
            picture=kept,
            search=search if keep else None,
            searched=decoded.pixels.shape[1::-1] if keep else None,
        )

    def _decode(self, picture: Source, source: str, order: Order, grey_side: int | None = None) -> Decoded:
        decoded = decode_picture(picture, self.options.max_megapixels, source, order, grey_side)
        (width, height), (least_width, least_height) = (decoded.width, decoded.height), self.scheme.smallest
        if width < least_width or height < least_height:
            raise PictureError(
                source,
                f"too small: {width}×{height} pixels, at least {least_width}×{least_height} are needed",
            )
        return decoded

    def _plates(self, plates: Iterable[Plate], decoded: Decoded | None = None) -> list[Plate]:
        """Those that are sure enough, in pixels of the picture itself where it was decoded smaller."""
        least = self.options.min_confidence
        if least is None:
            least = self.scheme.min_confidence
        plates = [plate for plate in plates if plate.confidence >= least]
        if decoded is None or decoded.whole is None:
            return plates
        height, width = decoded.pixels.shape[:2]
        scale = np.array([decoded.width / width, decoded.height / height], np.float32)
        return [replace(plate, corners=plate.corners * scale) for plate in plates]
