"""What scenes are made of where no file is at hand, and one font file: Pillow brings it along."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import ImageFont

from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds


@pytest.fixture(scope="session")
def letterings() -> Letterings:
    """The drawn alphabets alone."""
    return Letterings()


@pytest.fixture(scope="session")
def ingredients(letterings: Letterings) -> Ingredients:
    """Drawn alphabets on drawn patterns, with all shipped designs and the generic one."""
    return Ingredients(letterings, Backgrounds())


@pytest.fixture(scope="session")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A font file with all letters and digits."""
    default = ImageFont.load_default(20)
    assert isinstance(default, ImageFont.FreeTypeFont)
    assert isinstance(default.path, BytesIO)
    path = tmp_path_factory.mktemp("fonts") / "aileron.ttf"
    path.write_bytes(default.path.getvalue())
    return path
