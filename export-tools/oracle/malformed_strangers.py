# SPDX-License-Identifier: Apache-2.0
"""What is no picture of a known format, however it begins: to be refused by its first bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import malformed_png
from malformed_case import Case, Cases, rubbish
from malformed_jpeg import jpeg, parts_of

TEXTS = {
    "text": "This is no picture.\n" * 100,
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><rect width="64" height="48"/></svg>\n',
    "svg-with-declaration": '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n',
    "html": "<!DOCTYPE html><html><body>404 Not Found</body></html>\n",
    "json": '{"error": "not found"}\n',
    "csv": "a,b,c\n1,2,3\n",
    "pdf": "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "postscript": "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n",
    "xpm": '/* XPM */\nstatic char *a[] = {"1 1 1 1", "a c #000000", "a"};\n',
    "xbm": "#define a_width 8\n#define a_height 1\nstatic char a_bits[] = {0x00};\n",
    "git-lfs-pointer": "version https://lfs.example/spec/v1\noid sha256:00\nsize 12345\n",
    "shell-script": "#!/bin/sh\nexit 1\n",
    "data-url": "data:image/png;base64,iVBORw0KGgo=",
}
STARTS = {
    "zip": b"PK\3\4\x14\0\0\0\x08\0",
    "zip-empty": b"PK\5\6" + bytes(18),
    "gzip": b"\x1f\x8b\x08\0",
    "xz": b"\xfd7zXZ\0",
    "zstandard": b"\x28\xb5\x2f\xfd",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "elf": b"\x7fELF\2\1\1\0",
    "pe": b"MZ\x90\0\3\0\0\0",
    "mach-o": b"\xcf\xfa\xed\xfe",
    "java-class": b"\xca\xfe\xba\xbe\0\0\0\x3d",
    "java-serialised": b"\xac\xed\0\5sr",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "avif": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
    "mp4": b"\0\0\0\x18ftypisom\0\0\2\0isommp41",
    "jxl": b"\xff\x0a",
    "jxl-container": b"\0\0\0\x0cJXL \r\n\x87\n",
    "jpeg-2000": b"\0\0\0\x0cjP  \r\n\x87\n",
    "jpeg-2000-codestream": b"\xff\x4f\xff\x51\0\x2f",
    "jpeg-xr": b"II\xbc\1\x08\0\0\0",
    "psd": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x30\0\0\0\x40\0\x08\0\3",
    "ico": b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x68\4\0\0\x16\0\0\0",
    "cur": b"\0\0\2\0\1\0\x10\x10\0\0\0\0\0\0\x68\4\0\0\x16\0\0\0",
    "icns": b"icns\0\0\1\0",
    "dds": b"DDS \x7c\0\0\0",
    "openexr": b"\x76\x2f\x31\1\2\0\0\0",
    "radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 48 +X 64\n",
    "qoi": b"qoif\0\0\0\x40\0\0\0\x30\3\0",
    "farbfeld": b"farbfeld\0\0\0\x40\0\0\0\x30",
    "flif": b"FLIF\x33\x31",
    "bpg": b"BPG\xfb",
    "pcx": b"\x0a\5\1\x08\0\0\0\0\x3f\0\x2f\0",
    "sgi": b"\1\xda\0\1\0\3\0\x40\0\x30\0\3",
    "sun-raster": b"\x59\xa6\x6a\x95\0\0\0\x40\0\0\0\x30",
    "xcf": b"gimp xcf v011\0",
    "wmf": b"\xd7\xcd\xc6\x9a\0\0",
    "emf": b"\1\0\0\0\x6c\0\0\0",
    "djvu": b"AT&TFORM\0\0\1\0DJVU",
    "fits": b"SIMPLE  =                    T",
    "dicom": bytes(128) + b"DICM",
    "mng": b"\x8aMNG\r\n\x1a\n",
    "jng": b"\x8bJNG\r\n\x1a\n",
    "wav": b"RIFF\x24\x08\0\0WAVEfmt ",
    "avi": b"RIFF\x24\x08\0\0AVI LIST",
    "ogg": b"OggS\0\2",
    "matroska": b"\x1a\x45\xdf\xa3",
    "sqlite": b"SQLite format 3\0",
    "utf-16": b"\xff\xfeh\0i\0",
    "onnx": b"\x08\x08\x12\x07pytorch",
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
}


def lies() -> Iterator[Case]:
    cases = Cases("none")
    yield cases.by_header("stranger", "empty", b"")
    for name, text in TEXTS.items():
        yield cases.by_header("stranger", name, text.encode())
    for seed, (name, start) in enumerate(STARTS.items(), start=600):
        yield cases.by_header("stranger", name, start + rubbish(2000, seed))
    for name, data in {
        "zero": bytes(1),
        "zeros": bytes(5000),
        "ones": b"\xff" * 5000,
        "spaces": b" " * 5000,
        "newlines": b"\n" * 5000,
        "random": b"\x93" + rubbish(5000, 90),
        "byte-order-mark": b"\xef\xbb\xbf",
        "space-then-png": b" " + malformed_png.SIGNATURE + rubbish(500, 91),
        "newline-then-jpeg": b"\n" + jpeg(parts_of("baseline")),
        "half-png-signature": malformed_png.SIGNATURE[:4] + rubbish(500, 92),
        "big-endian-riff": b"RIFX" + struct.pack(">I", 500) + b"WEBP" + rubbish(500, 93),
    }.items():
        yield cases.by_header("stranger", name, data)
    cases = Cases("none")
    png, photo = malformed_png.SIGNATURE, jpeg(parts_of("baseline"))
    for name, data in {
        "png-signature-of-jpeg": png + photo,
        "png-signature-of-rubbish": png + rubbish(2000, 94),
        "jpeg-signature-of-rubbish": b"\xff\xd8\xff" + rubbish(2000, 95).replace(b"\xff", b"\0"),
        "gif-signature-of-rubbish": b"GIF89a"
        + bytes(7)
        + rubbish(2000, 96).replace(b"\x2c", b"\0").replace(b"\x21", b"\0"),
        "bmp-signature-of-rubbish": b"BM" + rubbish(2000, 97),
        "tiff-signature-of-rubbish": b"II*\0" + rubbish(2000, 98),
        "webp-signature-of-rubbish": b"RIFF" + struct.pack("<I", 2004) + b"WEBP" + rubbish(2000, 99),
        "pnm-signature-of-rubbish": b"P6\n" + rubbish(2000, 100),
    }.items():
        yield cases.refused("stranger", name, data)
