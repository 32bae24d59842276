# SPDX-License-Identifier: Apache-2.0
# To be sourced. find_python prints a Python that is new enough for export-tools, or fails.

# Prints the path of the first Python >= 3.10: the one that PYTHON names and no other, or else one on the PATH.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python python3.14 python3.13 python3.12 python3.11 python3.10
    fi
    for candidate in "$@"; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

# Whether the Python $1 can make virtual environments: Debian and Ubuntu keep that in a package of its own.
can_make_environments() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}
