"""Changes the footer of a Parquet file: Thrift's compact protocol, read into lists and written again."""

import struct


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def write_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_value(kind, data, at):
    if kind in (1, 2):
        return None, at
    if kind == 3:
        return data[at], at + 1
    if kind in (4, 5, 6):
        return read_varint(data, at)
    if kind == 7:
        return data[at:at + 8], at + 8
    if kind == 8:
        length, at = read_varint(data, at)
        return data[at:at + length], at + length
    if kind in (9, 10):
        count, element = data[at] >> 4, data[at] & 15
        at += 1
        if count == 15:
            count, at = read_varint(data, at)
        values = []
        for _ in range(count):
            if element in (1, 2):
                value, at = data[at], at + 1
            else:
                value, at = read_value(element, data, at)
            values.append(value)
        return (element, values), at
    if kind == 12:
        fields, last = {}, 0
        while data[at]:
            step, kind = data[at] >> 4, data[at] & 15
            at += 1
            if step:
                last += step
            else:
                number, at = read_varint(data, at)
                last = (number >> 1) ^ -(number & 1)
            value, at = read_value(kind, data, at)
            fields[last] = (kind, value)
        return fields, at + 1
    raise ValueError(f"wire type {kind}")


def write_value(kind, value):
    if kind in (1, 2):
        return b""
    if kind == 3:
        return bytes([value])
    if kind in (4, 5, 6):
        return write_varint(value)
    if kind == 7:
        return value
    if kind == 8:
        return write_varint(len(value)) + value
    if kind in (9, 10):
        element, values = value
        count = len(values)
        head = bytes([count << 4 | element]) if count < 15 else bytes([0xF0 | element]) + write_varint(count)
        return head + b"".join(bytes([v]) if element in (1, 2) else write_value(element, v) for v in values)
    out, last = bytearray(), 0
    for number in sorted(value):
        kind, inner = value[number]
        step = number - last
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + write_varint(number << 1)
        out += write_value(kind, inner)
        last = number
    return bytes(out) + b"\0"


def edit(path, change):
    """Gives the footer as a dictionary of field number to (wire type, value), and writes what is left of it."""
    data = path.read_bytes()
    length = struct.unpack("<I", data[-8:-4])[0]
    footer, _ = read_value(12, data[-8 - length:-8], 0)
    change(footer)
    text = write_value(12, footer)
    path.write_bytes(data[:-8 - length] + text + struct.pack("<I", len(text)) + b"PAR1")


def flatten_lists(path, columns, element=None):
    """Turns three-level lists of elements that cannot be null into those of older writers: without the middle level or,
    with a name, with the element's group renamed so that it is the element itself."""
    def change(footer):
        kind, elements = footer[2][1]
        out, index = [], 0
        while index < len(elements):
            field = elements[index]
            if field[4][1].decode() not in columns or 5 not in field:
                out.append(field)
                index += 1
                continue
            inner = elements[index + 2]
            out.append(field)
            index += 3
            # The element takes the place of the repeated group in the middle.
            inner[3] = (5, 2 << 1)
            if element:
                inner[4] = (8, element.encode())
            out.append(inner)
        footer[2] = (9, (kind, out))

    edit(path, change)
