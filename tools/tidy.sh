#!/bin/sh
# tools/tidy.sh [FILE...]: clang-tidy over all our sources, or those named. Exclusions and their reasons: .clang-tidy.
set -eu
[ $# -gt 0 ] || set -- $(find src apps bench -name '*.cc' | sort)
if printf '%s\n' "$@" | xargs -P 2 -n 4 clang-tidy-19 --quiet -p build/tidy --warnings-as-errors='*'; then
  echo "clang-tidy: $# files, nothing to complain about"
else
  echo "clang-tidy: $# files, with the findings above" >&2
  exit 1
fi
