"""Links the project into the virtual environment that runs this: importable, and with its command `fengsui`.

What an editable install would do, without a build: nothing is fetched, so it works offline.
"""

import sys
import sysconfig
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
LAUNCHER = """\
#!{python}
import sys

from bot.cli import main

sys.exit(main())
"""


def main() -> None:
    site = Path(sysconfig.get_path("purelib"))
    (site / "fengsui.pth").write_text(f"{PROJECT}\n", "utf-8")
    command = Path(sysconfig.get_path("scripts")) / "fengsui"
    command.write_text(LAUNCHER.format(python=sys.executable), "utf-8")
    command.chmod(0o755)


main()
