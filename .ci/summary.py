# SPDX-License-Identifier: Apache-2.0
"""Adds up test reports in JUnit's form: summary.py ALLOWED_SKIPS REPORT…

Prints what failed and what was skipped, and as the last line "N passed, N failed, N skipped". Exits with 1 if anything
failed, if a skipped test is not allowed, or if there are no tests at all.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main(allowed_skips: str, *reports: str) -> int:
    lines = (line.strip() for line in Path(allowed_skips).read_text(encoding="utf-8").splitlines())
    allowed = {line for line in lines if line and not line.startswith("#")}
    passed = failed = skipped = forbidden = 0
    for report in reports:
        if not Path(report).is_file():
            # A pattern of the caller's that matched nothing.
            continue
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"ci: failed: {name}")
            elif skip is not None:
                skipped += 1
                known = name in allowed
                forbidden += not known
                print(f"ci: skipped{'' if known else ', which is not allowed'}: {name}: {skip.get('message')}")
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or forbidden or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
