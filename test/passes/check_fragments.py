"""Keeps a page of documentation true: every fenced block whose info string names a file must be found there, word by word.

Usage: check_fragments.py PAGE.md SOURCE_DIR [BLOCKS_OF_LANGUAGE OUT]   # also writes the blocks of a language without a file to OUT
"""

import pathlib
import re
import sys


def main():
    page, source = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2])
    blocks = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", page, re.M | re.S)
    wrong = [(name, text) for _, name, text in blocks if name and text not in (source / name).read_text()]
    for name, text in wrong:
        print(f"not in {name}:\n{text}", file=sys.stderr)
    if not any(name for _, name, _ in blocks):
        sys.exit("the page quotes nothing")
    if len(sys.argv) > 4:
        plain = [text for language, name, text in blocks if language == sys.argv[3] and not name]
        pathlib.Path(sys.argv[4]).write_text("// -----\n".join(plain))
    sys.exit(1 if wrong else 0)


main()
