"""The marks of the map: one picture with every shape, white on clear, so that the layer can colour it.

``python -m dashboard.atlas`` draws ``assets/marks.png`` anew; the mapping below is what the layer reads.
"""

import math

from dashboard.serving import ASSETS

CELL = 64
NAMES = ("boat", "ship", "diamond", "square", "ring", "cross", "dot", "cage", "arrow")
MAPPING = {
    name: {"x": n * CELL, "y": 0, "width": CELL, "height": CELL, "mask": True, "anchorY": CELL // 2}
    for n, name in enumerate(NAMES)
}
_SUPERSAMPLE = 8
_OUTLINES: dict[str, list[tuple[float, float]]] = {
    "boat": [(32, 4), (50, 58), (32, 48), (14, 58)],
    "ship": [(32, 3), (45, 17), (45, 60), (19, 60), (19, 17)],
    "arrow": [(32, 2), (44, 20), (35, 17), (35, 62), (29, 62), (29, 17), (20, 20)],
    "diamond": [(32, 5), (57, 32), (32, 59), (7, 32)],
    "square": [(12, 12), (52, 12), (52, 52), (12, 52)],
    "cross": [
        (24, 4),
        (40, 4),
        (40, 24),
        (60, 24),
        (60, 40),
        (40, 40),
        (40, 60),
        (24, 60),
        (24, 40),
        (4, 40),
        (4, 24),
        (24, 24),
    ],
    "dot": [(32 + 19 * math.cos(k / 20 * math.pi), 32 + 19 * math.sin(k / 20 * math.pi)) for k in range(40)],
}


def draw() -> None:
    """Draw the atlas with smooth edges."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - only drawn when a shape changes

    size = _SUPERSAMPLE
    picture = Image.new("RGBA", (CELL * len(NAMES) * size, CELL * size), (255, 255, 255, 0))
    pen = ImageDraw.Draw(picture)
    for n, name in enumerate(NAMES):
        left = n * CELL
        if name in _OUTLINES:
            pen.polygon([((left + x) * size, y * size) for x, y in _OUTLINES[name]], fill="white")
        elif name == "ring":
            pen.ellipse(
                [(left + 10) * size, 10 * size, (left + 54) * size, 54 * size], outline="white", width=10 * size
            )
        else:
            pen.ellipse([(left + 4) * size, 4 * size, (left + 60) * size, 60 * size], outline="white", width=7 * size)
            pen.ellipse([(left + 22) * size, 22 * size, (left + 42) * size, 42 * size], fill="white")
    picture.resize((CELL * len(NAMES), CELL), Image.Resampling.LANCZOS).save(ASSETS / "marks.png", optimize=True)


if __name__ == "__main__":
    draw()
