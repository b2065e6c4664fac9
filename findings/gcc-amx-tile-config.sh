#!/usr/bin/env bash
# GCC 12.2, Debian 12's, leaves out stores before _tile_loadconfig: the intrinsic tells the compiler that it reads 8 bytes of
# the 64 that the instruction ldtilecfg loads. Of a configuration that is filled in on the stack, as everyone's is, palette and
# start row are thus stored, and columns and rows are whatever lay there. An empty asm statement that clobbers memory, between
# the two, keeps the stores.
# llama.cpp does it so (ggml_tile_config_init; seen in llama-cpp-python 0.3.36): built by this compiler with GGML_NATIVE on a
# processor with AMX, it crashed with quantised models until it had that barrier.
# Seen, at -O2 and at -O3: "of 64 bytes 17 are stored before ldtilecfg, with a barrier 64".
# Only compiles, and runs nothing of it. Needs Debian 12 on x86-64 (apt, dpkg; no root) and Python 3. Exits with 1 if the
# behaviour is another.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
gcc=12.2.0-14+deb12u1
apt-get -qq download "gcc-12=$gcc" "cpp-12=$gcc" "libgcc-12-dev=$gcc" libc6-dev libisl23 libmpc3 libmpfr6 libgmp10 2>apt.log ||
    { cat apt.log; exit 1; }
for package in *.deb; do
    dpkg -x "$package" root
done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu

cat >tile.c <<'C'
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

struct configuration { /* as Intel lays it out: 64 bytes */
    uint8_t palette, start_row, reserved[14];
    uint16_t columns[16];
    uint8_t rows[16];
};

void configure(void) {
    struct configuration tiles;
    memset(&tiles, 0, sizeof tiles);
    tiles.palette = 1;
    for (int i = 0; i < 8; i++) {
        tiles.columns[i] = 64;
        tiles.rows[i] = 16;
    }
#ifdef BARRIER
    __asm__ volatile("" : : "r"(&tiles) : "memory");
#endif
    _tile_loadconfig(&tiles);
}
C
compile() { # NAME OPTION...
    root/usr/bin/x86_64-linux-gnu-gcc-12 -nostdinc -isystem root/usr/lib/gcc/x86_64-linux-gnu/12/include \
        -isystem root/usr/include -isystem root/usr/include/x86_64-linux-gnu -mamx-tile -mavx "${@:2}" -S tile.c -o "$1"
}
for level in -O2 -O3; do
    compile plain.s $level
    compile barrier.s $level -DBARRIER
    python3 - plain.s barrier.s <<'PYTHON'
import re
import sys

SIZES = {"movb": 1, "movw": 2, "movl": 4, "movq": 8}


def stored(path):
    """How many of the bytes that ldtilecfg loads are stored by the lines above it."""
    above, below = open(path).read().split("ldtilecfg")
    base = int(re.match(r"\s*(-?\d+)\(%rsp\)", below)[1])
    offsets = set()
    for name, value, at in re.findall(r"^\s*(v?mov\w+)\s+([^,]+), (-?\d+)\(%rsp\)", above, re.M):
        size = SIZES.get(name) or {"%x": 16, "%y": 32}[value[:2]]
        offsets.update(range(int(at) - base, int(at) - base + size))
    return len(offsets & set(range(64)))


plain, barrier = map(stored, sys.argv[1:])
print(f"of 64 bytes {plain} are stored before ldtilecfg, with a barrier {barrier}")
if plain >= 64 or barrier != 64:
    raise SystemExit("another behaviour than described")
PYTHON
done
