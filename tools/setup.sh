#!/bin/sh
# Standard input: lines "PACKAGE what it is for". Installs the missing ones, then Node.js and the npm packages of
# package-lock.json. Says what it installs and why; does nothing, quickly, when all is there.
set -eu

missing=
why=
while read -r package purpose; do
  [ -n "$package" ] || continue
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] && continue
  missing="$missing $package"
  why="$why  $package: $purpose
"
done

# Node.js may come from elsewhere than Debian: what counts is the command
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  missing="$missing nodejs npm"
  why="$why  nodejs, npm: fetch the mail, the schemas and the second PST reader that tests and demo use
"
fi

if [ -n "$missing" ]; then
  printf 'Installing Debian packages:\n%s' "$why"
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
      echo "mailkeep: packages are missing and there is no sudo; as root, run: apt-get install$missing" >&2
      exit 1
    }
    as_root="sudo"
  fi
  log=build/.apt.log
  $as_root apt-get update -q >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  # shellcheck disable=SC2086  # the list is words
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >"$log" 2>&1 ||
    { cat "$log" >&2; exit 1; }
fi

lock=$(sha256sum package-lock.json)
stamp=node_modules/.mailkeep-lock
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$lock" ]; then
  echo "Installing the npm packages of package-lock.json: test data and independent clients; nothing of them ships"
  npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
  printf '%s\n' "$lock" >"$stamp"
fi
