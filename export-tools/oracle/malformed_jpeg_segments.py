# SPDX-License-Identifier: Apache-2.0
"""Malformed JPEGs: scans and tables that lie, and segments that are missing, twice, out of order or cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from malformed_case import MAX_SIDE, Case, Cases, rubbish
from malformed_jpeg import (
    APP0,
    COM,
    DHT,
    DQT,
    DRI,
    END,
    SOF0,
    SOI,
    SOS,
    START,
    Segment,
    Segments,
    changed,
    edited,
    jpeg,
    parts_of,
)

CASES = Cases("jpeg")


def lies() -> Iterator[Case]:
    base, progressive = parts_of("baseline"), parts_of("progressive")
    yield from _scans(base, progressive)
    yield from _tables(base, progressive)
    yield from _order(base)
    yield from _lengths(base)
    yield from _data(base)
    yield from _restarts(base)


def _scans(base: Segments, progressive: Segments) -> Iterator[Case]:
    scan = next(part for part in base if part.marker == SOS)
    for count in (0, 1, 2, 4, 5, 255):
        yield CASES.refused("scan", f"components-{count}-of-3", edited(base, SOS, 0, count))
    alone = replace(scan, body=b"\1" + scan.body[1:3] + scan.body[7:])
    yield CASES.refused("scan", "first-component-only", changed(base, SOS, alone))
    yield CASES.refused("scan", "unknown-component", edited(base, SOS, 1, 99))
    yield CASES.refused("scan", "component-twice", edited(base, SOS, 3, scan.body[1]))
    for tables in (0x22, 0x44, 0xFF):
        yield CASES.refused("scan", f"huffman-tables-{tables:02x}", edited(base, SOS, 2, tables))
    for length in (0, 1, 2, 3, MAX_SIDE):
        yield CASES.refused("scan", f"length-{length}", changed(base, SOS, replace(scan, length=length)))
    yield CASES.any("scan", "spectrum-of-progressive", edited(base, SOS, 7, 1, 5, 0x10))
    for detail, spectrum in {
        "dc-and-ac": (0, 63, 0x01),
        "backwards": (5, 1, 0x00),
        "from-64": (64, 64, 0x00),
        "to-64": (1, 64, 0x00),
        "to-255": (1, 255, 0x00),
        "low-bit-14": (0, 0, 0x0E),
        "refines-by-2": (0, 0, 0x20),
        "ac-of-all-components": (1, 5, 0x00),
    }.items():
        yield CASES.refused("scan", f"progressive-{detail}", edited(progressive, SOS, 7, *spectrum))
    first = next(i for i, part in enumerate(progressive) if part.marker == SOS)
    yield CASES.any("scan", "progressive-first-only", jpeg(progressive[: first + 1]))
    yield CASES.any("scan", "progressive-without-first", jpeg(progressive[:first] + progressive[first + 1 :]))
    yield CASES.any("scan", "twice", changed(base, SOS, scan, scan))


def _tables(base: Segments, progressive: Segments) -> Iterator[Case]:
    without = {
        "no-dqt": [part for part in base if part.marker != DQT],
        "no-dqt-progressive": [part for part in progressive if part.marker != DQT],
        "no-dht-progressive": [part for part in progressive if part.marker != DHT],
    }
    for detail, parts in without.items():
        yield CASES.refused("table", detail, jpeg(parts))
    # Readers of motion JPEG put in the standard tables, which are the missing ones.
    yield CASES.any("table", "no-dht", jpeg([part for part in base if part.marker != DHT]))
    dqt = next(part for part in base if part.marker == DQT)
    dht = next(part for part in base if part.marker == DHT)
    for destination in (0x04, 0x0F, 0x20, 0xF0):
        yield CASES.refused("table", f"dqt-{destination:02x}", edited(base, DQT, 0, destination))
    yield CASES.any("table", "dqt-zeros", edited(base, DQT, 1, *bytes(64)))
    for destination in (0x04, 0x0F, 0x20, 0xF0):
        yield CASES.refused("table", f"dht-{destination:02x}", edited(base, DHT, 0, destination))
    for detail, counts in {
        "no-codes": bytes(16),
        "3-codes-of-1-bit": b"\3" + bytes(15),
        "4080-codes": b"\xff" * 16,
        "257-codes": bytes(14) + b"\xff\2",
        "all-ones": b"\2" + bytes(15),
    }.items():
        body = dht.body[:1] + counts + bytes(min(sum(counts), 300))
        yield CASES.refused("table", f"dht-{detail}", changed(base, DHT, replace(dht, body=body)))
    yield CASES.refused("table", "dht-dc-of-255-bits", edited(base, DHT, 17, *b"\xff" * 12))
    for length in (0, 1, 2, 10, len(dqt.body) + 1, len(dqt.body) + 3, MAX_SIDE):
        yield CASES.refused("table", f"dqt-length-{length}", changed(base, DQT, replace(dqt, length=length)))
    for length in (0, 1, 10, len(dht.body) + 1, len(dht.body) + 3, MAX_SIDE):
        yield CASES.refused("table", f"dht-length-{length}", changed(base, DHT, replace(dht, length=length)))


def _order(base: Segments) -> Iterator[Case]:
    frame = next(part for part in base if part.is_frame)
    scan = next(part for part in base if part.marker == SOS)
    tables = [part for part in base if part.marker in (DQT, DHT)]
    rest = [part for part in base if part not in tables and part not in (frame, scan)]
    huge = frame.edited(1, 0xFF, 0xFF, 0xFF, 0xFF)
    small = frame.edited(1, 0, 16, 0, 16)
    for detail, data in {
        "soi-only": START,
        "soi-eoi": START + END,
        "eoi-first": START + END + jpeg(base)[2:],
        "two-soi": START + jpeg(base),
        "tables-only": jpeg(rest + tables),
        "no-sof": changed(base, SOF0),
        "no-sos": jpeg([*rest, *tables, frame]),
        "no-headers": START + scan.scan + END,
        "sos-before-sof": jpeg([*rest, *tables, scan, frame]),
        "sof-after-sos-again": jpeg([*rest, *tables, frame, scan, frame]),
        "tables-after-sos": jpeg([*rest, frame, scan, *tables]),
        "two-sof": jpeg([*rest, *tables, frame, frame, scan]),
        "two-sof-first-small": jpeg([*rest, *tables, small, frame, scan]),
        "two-sof-second-huge": jpeg([*rest, *tables, frame, huge, scan]),
        "soi-amid": changed(base, SOF0, frame, Segment(SOI, b"")),
    }.items():
        yield CASES.refused("structure", detail, data)
    yield CASES.by_header("structure", "two-sof-first-huge", jpeg([*rest, *tables, huge, frame, scan]))
    fill = START + b"\xff" * 300_000 + jpeg(base)[2:]
    for detail, data in {
        "no-eoi": jpeg(base)[:-2],
        "300-kb-of-fill-bytes": fill,
        "100000-comments": START + b"\xff\xfe\0\2" * 100_000 + jpeg(base)[2:],
        "rubbish-between-segments": START + rubbish(50, 3).replace(b"\xff", b"") + jpeg(base)[2:],
        "reserved-marker": START + b"\xff\x02" + jpeg(base)[2:],
        "jpg-extension-marker": changed(base, SOF0, Segment(0xF3, b"1234"), frame),
        "hierarchy-marker": changed(base, SOF0, Segment(0xDE, frame.body), frame),
        "expand-marker": changed(base, SOF0, Segment(0xDF, b"\x11"), frame),
    }.items():
        yield CASES.any("structure", detail, data)


def _lengths(base: Segments) -> Iterator[Case]:
    for name, marker in {"app0": APP0, "com": COM, "app1": 0xE1, "app13": 0xED, "app15": 0xEF}.items():
        lied = Segment(marker, b"JFIF\0\1\1\0\0\1\0\1\0\0", length=MAX_SIDE)
        yield CASES.refused("structure", f"{name}-length-past-end", jpeg([lied, *base[1:]]))
        for length in (0, 1):
            yield CASES.any("structure", f"{name}-length-{length}", jpeg([replace(lied, length=length), *base[1:]]))
    yield CASES.any("structure", "jfif-thumbnail-255x255", edited(base, APP0, 12, 255, 255))
    yield CASES.any("structure", "jfif-empty", changed(base, APP0, Segment(APP0, b"JFIF\0")))
    jfxx = Segment(APP0, b"JFXX\0\x10" + START + bytes(10))
    yield CASES.any("structure", "jfxx-thumbnail-broken", jpeg([base[0], jfxx, *base[1:]]))
    for transform in (3, 255):
        adobe = Segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))
        yield CASES.any("structure", f"adobe-transform-{transform}", jpeg([base[0], adobe, *base[1:]]))
    yield CASES.any("structure", "adobe-short", jpeg([base[0], Segment(0xEE, b"Adobe"), *base[1:]]))
    photoshop = Segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\xff\xff\xff\xff")
    yield CASES.any("structure", "photoshop-resource-of-4-gb", jpeg([base[0], photoshop, *base[1:]]))


def _data(base: Segments) -> Iterator[Case]:
    scan = next(part for part in base if part.marker == SOS)
    middle = len(scan.scan) // 2

    def of(data: bytes) -> bytes:
        return changed(base, SOS, replace(scan, scan=data))

    for detail, data in {
        "empty": b"",
        "1-byte": scan.scan[:1],
        "half": scan.scan[:middle],
        "eoi-amid": scan.scan[:middle] + END + scan.scan[middle:],
        "sos-amid": scan.scan[:middle] + replace(scan, scan=b"").write() + scan.scan[middle:],
        "restart-amid": scan.scan[:middle] + b"\xff\xd3" + scan.scan[middle:],
        "only-stuffed-ff": b"\xff\0" * 2000,
    }.items():
        yield CASES.refused("data", detail, of(data))
    for detail, data in {
        "16-bytes-less": scan.scan[:-16],
        "zeros": bytes(len(scan.scan)),
        "more-than-needed": scan.scan + rubbish(200, 5).replace(b"\xff", b""),
        "random": rubbish(len(scan.scan), 6).replace(b"\xff", b"\xff\0"),
    }.items():
        yield CASES.any("data", detail, of(data))
    for k in range(8):
        at = 8 + k * (len(scan.scan) - 24) // 8
        garbled = scan.scan[:at] + rubbish(8, 200 + k).replace(b"\xff", b"\0") + scan.scan[at + 8 :]
        yield CASES.any("data", f"garbled-{k}", of(garbled))


def _restarts(base: Segments) -> Iterator[Case]:
    parts = parts_of("restarts")
    scan = next(part for part in parts if part.marker == SOS)
    one, two = scan.scan.index(b"\xff\xd1"), scan.scan.index(b"\xff\xd2")
    wrong = scan.scan.replace(b"\xff\xd1", b"\xff\xd5", 1)
    missing = scan.scan[:one] + scan.scan[two:]
    frame = next(part for part in base if part.is_frame)
    for detail, data in {
        "never-come": changed(base, SOF0, frame, Segment(DRI, b"\0\1")),
        "not-declared": changed(parts, DRI),
        "interval-missing": changed(parts, SOS, replace(scan, scan=missing)),
        "marker-out-of-order": changed(parts, SOS, replace(scan, scan=wrong)),
        "declared-in-3-bytes": changed(parts, DRI, Segment(DRI, b"\0\2\0")),
        "declared-in-1-byte": changed(parts, DRI, Segment(DRI, b"\2")),
        "interval-of-other-length": edited(parts, DRI, 0, 0, 3),
    }.items():
        yield CASES.refused("restart", detail, data)
    yield CASES.any("restart", "interval-of-65535", changed(base, SOF0, frame, Segment(DRI, b"\xff\xff")))
