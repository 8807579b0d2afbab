"""python -m infra.rehearse [--to docs/rehearsal.html] [--lanes 2]"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from infra.rehearse import page, run


def main() -> None:
    """Rehearse everything and write the page."""
    said = argparse.ArgumentParser(description="Every playbook over the demonstration shop's year.")
    said.add_argument("--to", type=Path, default=Path("docs/rehearsal.html"), help="where the page is written")
    said.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="processes side by side")
    asked = said.parse_args()
    found = run.run(asked.lanes)
    asked.to.parent.mkdir(parents=True, exist_ok=True)
    asked.to.write_text(page.page(found), encoding="utf-8")
    print(f"  {asked.to}: {len(found.installed)} playbooks, in {found.seconds:.0f} s")


if __name__ == "__main__":
    main()
