"""Keeps the dialect reference true: every op's example is parsed, and every labelled constraint tested, in test/ir/OP[-invalid].mlir.

Usage: check_examples.py docs/dialect.md test/ir
"""

import pathlib
import re
import sys


def squeeze(text):
    return " ".join(text.split())


def check_op(op, section, folder):
    stem = op.replace("_", "-")
    if op == "yield":  # part of every composite
        stem = "composite"
    examples = re.findall(r"```mlir\n(.*?)```", section, re.S)
    if not examples:
        yield "has no example"
    tests = folder / f"{stem}.mlir"
    if not tests.exists():
        yield f"has no test {tests.name}"
        return
    parsed = squeeze(tests.read_text())
    for example in examples:
        operation = re.sub(r"^%[\w, %]+ = ", "", squeeze(example))
        if operation not in parsed:
            yield f"has an example that {tests.name} does not parse: {operation}"
    if "Gradient: " not in squeeze(section):
        yield "does not say what its gradient is"
    negatives = folder / f"{stem}-invalid.mlir"
    refused = negatives.read_text() if negatives.exists() else ""
    for label in sorted(set(re.findall(r"^\((C\d+)\)", section, re.M))):
        if f"({label})" not in refused:
            yield f"has no negative test of ({label}) in {negatives.name}"


def main(reference, folder):
    sections = re.split(r"^### `ingot\.(\w+)`.*$", pathlib.Path(reference).read_text(), flags=re.M)[1:]
    errors = []
    for op, section in zip(sections[::2], sections[1::2]):
        errors += [f"ingot.{op} {error}" for error in check_op(op, section, pathlib.Path(folder))]
    if len(sections) < 2 * 80:
        errors.append(f"{reference} lists only {len(sections) // 2} ops")
    print("\n".join(errors), end="\n" if errors else "")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
