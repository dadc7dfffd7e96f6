#!/usr/bin/env python3
"""Count the cases within the tests of a CTest run.

    summarize.py JUNIT.xml

A CTest test may be a GoogleTest program, a lit suite or a program that ends in 'N passed, N failed'; their own counts are taken from
what they print. Any other test is one case, or none when it skips itself. Prints a line 'FAIL name' for each that failed and last 'TOTAL passed failed'.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree


def cases_in(output):
    """(passed, names of the failed), or None when the output has no counts of its own."""
    if match := re.search(r"^\[==========\] \d+ tests? from .* ran\.", output, re.M):
        tail = output[match.start():]
        passed = re.search(r"^\[  PASSED  \] (\d+) test", tail, re.M)
        failed = re.findall(r"^\[  FAILED  \] (\S+\.\S+?)(?:,.*)?$", tail, re.M)
        return int(passed.group(1)) if passed else 0, failed
    if re.search(r"^Total Discovered Tests: \d+", output, re.M):
        counts = {name.strip(): int(count) for name, count in re.findall(r"^  ([A-Za-z ]+?) *: (\d+) \(", output, re.M)}
        failed = re.findall(r"^  Ingot :: (\S+)$", output, re.M)
        return counts.get("Passed", 0) + counts.get("Expectedly Failed", 0), sorted(set(failed))
    if match := re.search(r"^(\d+) passed, (\d+) failed\s*\Z", output, re.M):
        names = list(dict.fromkeys(re.findall(r"^FAIL (.*)$", output, re.M)))
        failed = int(match.group(2))
        return int(match.group(1)), [name[:300] for name in names[:failed]] + ["?"] * (failed - len(names))
    return None


def main():
    try:
        root = ElementTree.parse(sys.argv[1]).getroot()
    except (OSError, ElementTree.ParseError) as error:
        sys.exit(f"summarize: {error}")
    passed, failed = 0, []
    for test in root.iter("testcase"):
        skipped = test.find("skipped")
        if skipped is not None and "SKIP_RETURN_CODE" in skipped.get("message", ""):  # it says itself what it lacks
            continue
        name, output = test.get("name"), test.findtext("system-out") or ""
        ok = test.get("status") == "run"
        counts = cases_in(output)
        if counts is None:
            passed, failed = (passed + 1, failed) if ok else (passed, failed + [f"{name}: {test.get('status')}"])
            continue
        passed += counts[0]
        failed += [f"{name}: {case}" for case in counts[1]]
        if not ok and not counts[1]:  # a crash after the tests, or a time-out
            failed.append(f"{name}: the test fails, its cases do not")
    for name in failed:
        print("FAIL", name)
    print("TOTAL", passed, len(failed))
    sys.exit(0 if passed or failed else "summarize: no tests")


main()
