"""A large JPEG without an image library: noise in frequencies, one row of blocks repeated."""

import random
import struct

ZIGZAG_ENDS = 63
ROW_BYTES_AIM = 12  # coefficients in a block, as a photo of good quality has


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


class Bits:
    def __init__(self):
        self.value, self.length = 0, 0

    def add(self, value, length):
        self.value, self.length = (self.value << length) | value, self.length + length

    def done(self):
        """Filled up with ones; a byte that looks like a marker is followed by zero."""
        pad = -self.length % 8
        self.add((1 << pad) - 1, pad)
        return self.value.to_bytes(self.length // 8, "big").replace(b"\xff", b"\xff\x00")


# Plain tables: every symbol has a code of the same length, the order is the code.
DC = list(range(12))
AC = [0x00, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 11)]


def number(bits, value):
    """A value as its number of bits demands (ITU-T T.81 F.1.2)."""
    size = abs(value).bit_length()
    bits.add(value if value >= 0 else value + (1 << size) - 1, size)


def block(bits, noise, levels):
    dc = noise.randint(-levels, levels)
    bits.add(DC.index(abs(dc).bit_length()), 4)
    number(bits, dc)
    at = 0
    for _ in range(ROW_BYTES_AIM):
        run = noise.randint(0, 3)
        if at + run + 1 > ZIGZAG_ENDS:
            break
        at += run + 1
        value = noise.choice([-3, -2, -1, 1, 2, 3])
        bits.add(AC.index(run << 4 | abs(value).bit_length()), 8)
        number(bits, value)
    bits.add(AC.index(0), 8)


def jpeg(width=4000, height=3008):
    """Width and height must be multiples of 16. Twelve megapixels take about 4 MiB."""
    noise, columns, rows = random.Random(12), width // 16, height // 16
    row = Bits()
    for _ in range(columns):
        # Four blocks of light, two of colour.
        for levels in (12, 12, 12, 12, 3, 3):
            block(row, noise, levels)
    row = row.done()
    counts = lambda bits, symbols: bytes(len(symbols) if n == bits else 0 for n in range(1, 17))
    parts = [
        b"\xff\xd8",
        segment(0xDB, b"\x00" + bytes([6] * 64)),
        segment(
            0xC0,
            struct.pack(">BHHB", 8, height, width, 3) + b"\x01\x22\x00\x02\x11\x00\x03\x11\x00",
        ),
        segment(0xC4, b"\x00" + counts(4, DC) + bytes(DC)),
        segment(0xC4, b"\x10" + counts(8, AC) + bytes(AC)),
        segment(0xDD, struct.pack(">H", columns)),
        segment(0xDA, b"\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00"),
    ]
    for number_of_row in range(rows):
        if number_of_row:
            parts.append(bytes([0xFF, 0xD0 + (number_of_row - 1) % 8]))
        parts.append(row)
    return b"".join([*parts, b"\xff\xd9"])
