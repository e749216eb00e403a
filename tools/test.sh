# Sourced by ./run: all tests, each step counted, one closing line for all of them.

decoders='base model net vault store archive mapi pst ews mime'  # what reads bytes of others
others='sql catalog source sim job undo agent'
with_threads='net store vault archive source sim catalog job agent'

step() { printf '\n== %s (%s s so far)\n' "$1" "$(($(seconds) - started))"; }

count() {  # count RESULT WHAT: one line of the tally
  printf '%s %s\n' "$1" "$2" >>build/tally
}

check() {  # check NAME COMMAND...: a step that passes or fails as a whole
  name=$1
  shift
  if "$@"; then count passed "$name"; else count failed "$name"; fi
}

# ctest_in PRESET [ARGUMENT...]: runs ctest and adds every test case to the tally
ctest_in() {
  preset=$1
  shift
  rm -rf "build/$preset/results"
  mkdir -p "build/$preset/results"
  GTEST_OUTPUT="xml:$PWD/build/$preset/results/" ctest --test-dir "build/$preset" -j 3 --output-on-failure \
    --no-tests=error --output-junit results/ctest.xml "$@" || true  # the tally has the failures
  /usr/bin/python3 -B tools/tally.py "build/$preset/results" "$preset" >>build/tally
}

names_of() { printf '^(%s)$' "$(echo "$@" | tr ' ' '|')"; }  # names_of MODULE...: a pattern of their unit tests

sanitizer_tests() {  # sanitizer_tests PRESET MODULE...
  preset=$1
  shift
  # shellcheck disable=SC2046  # the list is words
  if build "$preset" $(printf '%s_test ' "$@"); then ctest_in "$preset" -R "$(names_of "$@")"; else count failed "build $preset"; fi
}

# The programs and all tests. The short run leaves the unit tests of decoders to the sanitizers, which have them anyway.
# shellcheck disable=SC2046,SC2086  # the lists are words
plain_tests() {  # plain_tests short|long
  if [ "$1" = long ]; then targets=all; else targets="mailkeep mailkeepd mailkeep-sim $(printf '%s_test ' $others)"; fi
  if ! build dev $targets; then
    count failed "build dev"
    return
  fi
  step "unit and end-to-end tests"
  if [ "$1" = long ]; then ctest_in dev; else ctest_in dev -LE '^long$' -E "$(names_of $decoders)"; fi
}

short_fuzzers() {  # all but those of the agent, which need nearly everything built
  find src -path src/agent -prune -o -name '*_fuzz.cc' -print | sed 's|.*/||; s|\.cc$||' | sort
}

format_check() {
  find src apps bench -name '*.cc' -o -name '*.h' | xargs clang-format-19 --dry-run --Werror
}

# The tests that kill a process at every step take minutes under the thread sanitizer and start no threads that others
# do not start too.
# shellcheck disable=SC2086  # the list is words
thread_sanitizer_tests() (
  export GTEST_FILTER='-*KillTest.*'
  sanitizer_tests tsan $with_threads
  export GTEST_FILTER='*Threads*:*Submission*:CopyPst.*'  # only these of pst start any
  sanitizer_tests tsan pst
)

# shellcheck disable=SC2086  # the lists are words
run_tests() {  # run_tests FUZZ_SECONDS short|long: long has the sanitizers over everything
  fuzz_seconds=$1
  extent=$2
  started=$(seconds)
  : >build/tally

  step "build"
  plain_tests "$extent"
  step "address and undefined-behaviour sanitizers"
  if [ "$extent" = long ]; then sanitizer_tests asan $decoders $others; else sanitizer_tests asan $decoders; fi
  if [ "$extent" = long ]; then
    step "thread sanitizer"
    thread_sanitizer_tests
  fi
  if [ "$extent" = long ]; then
    step "PST files of up to 10 GB"
    if build release mk_pst_speed mk_measured mailkeep; then check "large PST files" /usr/bin/python3 -B tests/pst_large.py; else count failed "build release"; fi
  fi
  if [ "$extent" = long ]; then
    step "many seeds of the vault's model, 200 rounds of kill -9 of vaults and of the agent"
    if build release vault_test mailkeep mailkeepd mailkeep-sim; then
      check "model of the vault, 1000 seeds" env MK_SEEDS=1000 build/release/src/vault_test --gtest_filter='VaultModel.*'
      check "killed puts and prunes, 200 rounds" env MK_KILL_ROUNDS=200 MK_BIN="$PWD/build/release/bin" \
        MK_SOURCE_DIR="$PWD" /usr/bin/python3 -B tests/e2e/vault_kill_test.py
      check "killed agents, 200 rounds" env MK_KILL_ROUNDS=200 MK_BIN="$PWD/build/release/bin" \
        MK_SOURCE_DIR="$PWD" /usr/bin/python3 -B tests/e2e/agent_run_test.py Kills
    else
      count failed "build release"
    fi
  fi
  step "fuzzing, $fuzz_seconds s each"
  if [ "$extent" = long ]; then fuzzers=fuzzers_long names=; else fuzzers=fuzzers names=$(short_fuzzers); fi
  # shellcheck disable=SC2086  # the names are words
  if build asan $fuzzers; then
    sh tools/fuzz.sh "$fuzz_seconds" $names || true
    cat build/fuzz/results >>build/tally
  else
    count failed "build asan, fuzzers"
  fi
  step "format"
  check "clang-format" format_check

  step "result"
  grep '^failed' build/tally || true
  passed=$(grep -c '^passed' build/tally || true)
  failed=$(grep -c '^failed' build/tally || true)
  skipped=$(grep -c '^skipped' build/tally || true)
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
