"""A font with Chinese letters for PDF and pictures: as configured, else where systems keep theirs."""

from pathlib import Path

from bot.errors import NotReady

# Debian's fonts-noto-cjk and fonts-wqy-microhei, Fedora, macOS, Windows: the first that is there.
KNOWN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


def chinese(configured: Path | None = None) -> Path:
    """The font file. Raises NotReady with one sentence: a report with empty boxes for letters helps nobody."""
    if configured is not None:
        if configured.is_file():
            return configured
        raise NotReady("report.no_such_font", path=str(configured))
    for path in map(Path, KNOWN):
        if path.is_file():
            return path
    raise NotReady("report.no_font")
