#!/bin/sh
# Installs the npm packages of package-lock.json, the project's own Node among them. Run from the checkout.
# Exit status 1 with words when it cannot.
set -u
say() { echo "== setup: $*"; }

command -v npm >/dev/null 2>&1 || sh scripts/setup-system.sh node
if ! command -v npm >/dev/null 2>&1; then
  echo "npm is needed to install the project's packages: install nodejs and npm (any version), then run make again" >&2
  exit 1
fi

say "npm ci"
npm ci --include=dev --include=optional --no-fund --no-audit --loglevel=error || exit 1

# npm may be told not to run install scripts; that of the package `node` only links the binary it brings.
link=node_modules/.bin/node
if ! [ -x "$link" ]; then
  for binary in node_modules/node-linux-*/bin/node node_modules/node/node_modules/node-linux-*/bin/node; do
    [ -x "$binary" ] && ln -sf "../../$binary" "$link"
  done
fi
[ -x "$link" ] || npm rebuild --ignore-scripts=false --foreground-scripts node >/dev/null || exit 1
if ! [ -x "$link" ]; then
  echo "npm installed no Node of the project's own: $link does not exist" >&2
  exit 1
fi
say "Node $("$link" --version)"
