#!/usr/bin/env bash
# Install what Kedge is built with, where it is missing: Debian packages, through sudo where not root.
#
#     scripts/setup.sh
set -euo pipefail

packages=(
    libhdf5-dev libonig-dev libsimdjson-dev libdeflate-dev libzstd-dev libsnappy-dev liblz4-dev zlib1g-dev libssl-dev
    libopenblas-dev libmpc-dev libmpfr-dev libgmp-dev libyaml-dev pkg-config
)
modules=(hdf5 oniguruma simdjson libdeflate libzstd snappy liblz4 zlib libcrypto openblas mpfr gmp yaml-0.1)

if ! command -v swift >/dev/null 2>&1; then
    echo "setup: no Swift toolchain on the PATH; install Swift 6.2 or newer from https://www.swift.org/install" >&2
    exit 1
fi
version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)"
if [ -z "$version" ]; then
    echo "setup: 'swift --version' tells no version; is the toolchain whole?" >&2
    exit 1
fi
if [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -n 1)" != "6.2" ]; then
    echo "setup: Swift $version is too old; Kedge wants 6.2 or newer (https://www.swift.org/install)" >&2
    exit 1
fi

if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
    missing=()
    for package in "${packages[@]}"; do
        if ! dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$'; then
            missing+=("$package")
        fi
    done
    if [ "${#missing[@]}" -gt 0 ]; then
        echo "setup: installing ${missing[*]}" >&2
        as_root=()
        if [ "$(id -u)" -ne 0 ]; then
            if ! command -v sudo >/dev/null 2>&1; then
                echo "setup: not root, and there is no sudo; as root, run: apt-get install ${missing[*]}" >&2
                exit 1
            fi
            as_root=(sudo)
        fi
        "${as_root[@]}" apt-get update -q >&2
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
    fi
else
    if ! command -v pkg-config >/dev/null 2>&1; then
        echo "setup: this is no Debian; install pkg-config and the development files of: ${modules[*]}" >&2
        exit 1
    fi
    for module in "${modules[@]}"; do
        if ! pkg-config --exists "$module"; then
            echo "setup: this is no Debian; install the development files of: ${modules[*]} (missing: $module)" >&2
            exit 1
        fi
    done
fi
