#!/usr/bin/env bash
# Makes the fonts of this folder from those of Debian's package fonts-noto-core: the characters that are needed, without
# hints. Needs pyftsubset (pip: fonttools, brotli).
set -euo pipefail
cd "$(dirname "$0")"
from=${1:-/usr/share/fonts/truetype/noto}
cut() { pyftsubset "$from/$1-Regular.ttf" --no-hinting "${@:2}"; }
cut NotoSans --output-file=NotoSans.ttf --layout-features=kern,mark,mkmk,ccmp,locl --unicodes="U+0020-024F,U+0259,U+02BB-02DA,\
U+0300-0304,U+0306-030C,U+0370-03FF,U+0400-045F,U+0490-0491,U+1E00-1EFF,U+2000-206F,U+20A0-20BF,U+2116,U+2122,\
U+2190-2193,U+2202,U+2211,U+2212,U+2260,U+2264,U+2265,U+FFFD"
cut NotoSansHebrew --output-file=NotoSansHebrew.ttf --layout-features=kern,mark,mkmk,ccmp --unicodes="U+0590-05FF,U+20AA"
cut NotoSansArabic --output-file=NotoSansArabic.ttf --unicodes="U+0600-06FF"
cut NotoSans --output-file=NotoSans.woff2 --flavor=woff2 --layout-features=kern \
  --unicodes="U+0020-007E,U+00A0-00FF,U+2013,U+2014,U+2026,U+2190-2193,U+2212"
