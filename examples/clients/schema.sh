#!/bin/sh
# What is made from the server's schema, for the version of Dialboard that is installed: ../../.venv/bin/dialboard, or DIALBOARD.
set -e
dialboard="${DIALBOARD:-../../.venv/bin/dialboard}"
mkdir -p generated/relay
"$dialboard" schema > generated/schema.graphql
"$dialboard" schema --client apollo > generated/apollo.ts
"$dialboard" schema --client urql > generated/urql.ts
