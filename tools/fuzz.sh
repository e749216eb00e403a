#!/bin/sh
# tools/fuzz.sh SECONDS [FUZZER...]: runs every fuzzer of src/ (or those named), two at a time, from the seeds in
# fuzz/corpus/FUZZER, those of PST files at least 10 s; new inputs go to build/fuzz/found/FUZZER, a crash to build/fuzz/crashes. Fails if one failed.
set -eu
seconds=$1
shift
[ $# -gt 0 ] || set -- $(find src -name '*_fuzz.cc' -exec basename {} .cc \; | sort)
mkdir -p build/fuzz/found build/fuzz/crashes build/fuzz/logs
results=build/fuzz/results

run_one() {
  seconds=$1 name=$2
  case $name in pst_*) [ "$seconds" -ge 10 ] || seconds=10 ;; esac
  log=build/fuzz/logs/$name.log
  program=$(find build/asan/src -type f -name "$name")
  mkdir -p "build/fuzz/found/$name"
  set -- "build/fuzz/found/$name"
  [ ! -d "fuzz/corpus/$name" ] || set -- "$@" "fuzz/corpus/$name"
  if [ -n "$program" ] && "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crashes/$name-" "$@" >"$log" 2>&1; then
    echo "passed fuzz $name ($(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs)" | tee -a "$results"
  else
    echo "failed fuzz $name, see $log" | tee -a "$results"
    tail -n 25 "$log"
  fi
}

if [ "${MK_FUZZ_ONE:-}" = 1 ]; then
  run_one "$seconds" "$1"
  exit 0
fi
: >"$results"
printf '%s\n' "$@" | MK_FUZZ_ONE=1 xargs -P 2 -n 1 sh "$0" "$seconds"
! grep -q '^failed' "$results"
