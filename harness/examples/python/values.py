"""Values between the wire, where each is a text with a type, and Python."""

import math
import struct

FLOATS = {"f32": ("<f", "<I", 10), "f64": ("<d", "<Q", 18)}
BITS = {"i32": 32, "i64": 64}


def decode(wire):
    """The Python value; host operations take numbers and bigints as integers."""
    kind, text = wire["type"], wire.get("value")
    if kind in ("i32", "i64", "bigint"):
        return int(text)
    if kind in FLOATS:
        if text == "nan":
            return math.nan
        of_float, of_bits, _ = FLOATS[kind]
        return struct.unpack(of_float, struct.pack(of_bits, int(text, 16)))[0]
    if kind == "number":
        number = float(text)
        return int(number) if number.is_integer() else number
    if kind == "boolean":
        return text == "true"
    return text


def encode(kind, value):
    """The wire value. Python's floats keep no NaN's payload, so every NaN is one of unknown bits."""
    if kind == "undefined":
        return {"type": kind}
    if kind == "boolean":
        return {"type": kind, "value": "true" if value else "false"}
    if kind in FLOATS:
        of_float, of_bits, width = FLOATS[kind]
        bits = struct.unpack(of_bits, struct.pack(of_float, value))[0]
        return {"type": kind, "value": "nan" if math.isnan(value) else f"{bits:#0{width}x}"}
    return {"type": kind, "value": str(value)}


def wrap(kind, value):
    """An integer as the signed one of a Wasm type."""
    half = 1 << (BITS[kind] - 1)
    return (value + half) % (2 * half) - half


def convert(operand, kept):
    """An earlier result, the wire value `kept`, as the operand wants it."""
    value, source, target = decode(kept), kept["type"], operand["type"]
    if operand.get("unsigned") and source in BITS:
        value %= 1 << BITS[source]
    value += operand.get("plus", 0)
    if target in BITS:
        return wrap(target, int(value))
    return float(value) if target in FLOATS else value
