"""Find links in the Markdown files that lead nowhere: files that do not exist, headings that are not there.

Usage: python scripts/dead_links.py
Links to other hosts are not fetched; their form is checked by the book's lint.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"(?<!\!)\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
SKIP = {".venv", "node_modules", "dist", ".git"}


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    return {
        re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
        for title in re.findall(r"^#+\s+(.*?)\s*$", text, re.MULTILINE)
    }


def dead(path: Path) -> list[str]:
    """What is wrong with the links of one file."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    wrong = []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists():
            wrong.append(f"{path.relative_to(ROOT)}: {link}: no such file")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
            wrong.append(f"{path.relative_to(ROOT)}: {link}: no such heading")
    return wrong


def main() -> int:
    """Check every page."""
    pages = sorted(path for path in ROOT.rglob("*.md") if not SKIP & set(path.relative_to(ROOT).parts))
    wrong = [line for page in pages for line in dead(page)]
    print("\n".join(wrong) if wrong else f"links: {len(pages)} pages, none dead")
    return 1 if wrong or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
