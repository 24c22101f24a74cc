#ifndef CKERNELS_ELEMENTS_H
#define CKERNELS_ELEMENTS_H

// Single elements to binary32 and back. There is no branch, so that the compiler makes vectors of the loops around them.

#include "../level.h"

// The binary32 of a floating-point number of fewer bits: a sign if `is_signed`, `exponent` bits of exponent, `mantissa`
// bits of mantissa. Special values are left to the caller.
INLINE uint32_t widened(uint32_t code, unsigned exponent, unsigned mantissa, unsigned bias) {
    const uint32_t sign = code >> (exponent + mantissa) << 31;
    const uint32_t magnitude = (code & ((1u << (exponent + mantissa)) - 1)) << (23 - mantissa);
    const uint32_t normal = magnitude + ((127 - bias) << 23);
    // A subnormal number is the fraction of the least normal one: by an exact difference of two normal numbers, for
    // subnormal operands are slow on some processors.
    const uint32_t least = (128 - bias) << 23;
    const uint32_t subnormal = bits_of_float(float_of_bits(magnitude + least) - float_of_bits(least));
    return sign | (magnitude < 1u << 23 ? subnormal : normal);
}

// The same where the largest exponent means infinities and NaN.
INLINE uint32_t widened_ieee(uint32_t code, unsigned exponent, unsigned mantissa, unsigned bias) {
    const uint32_t sign = code >> (exponent + mantissa) << 31;
    const uint32_t magnitude = code & ((1u << (exponent + mantissa)) - 1);
    const uint32_t infinity = ((1u << exponent) - 1) << mantissa;
    const uint32_t special = FLOAT_INFINITY | magnitude << (23 - mantissa) | (magnitude > infinity ? FLOAT_QUIET : 0);
    return magnitude >= infinity ? sign | special : widened(code, exponent, mantissa, bias);
}

INLINE uint32_t bits_of_f16(uint16_t code) { return widened_ieee(code, 5, 10, 15); }

INLINE uint32_t bits_of_bf16(uint16_t code) {
    const uint32_t bits = (uint32_t)code << 16;
    return bits | ((bits & FLOAT_MAGNITUDE) > FLOAT_INFINITY ? FLOAT_QUIET : 0);
}

INLINE uint32_t bits_of_e5m2(uint8_t code) { return widened_ieee(code, 5, 2, 15); }

INLINE uint32_t bits_of_e4m3(uint8_t code) {
    const uint32_t nan = (uint32_t)(code & 0x80) << 24 | 0x7FF00000;
    return (code & 0x7F) == 0x7F ? nan : widened(code, 4, 3, 7);
}

INLINE uint32_t bits_of_e4m3fnuz(uint8_t code) { return code == 0x80 ? 0x7FC00000 : widened(code, 4, 3, 8); }

INLINE uint32_t bits_of_e5m2fnuz(uint8_t code) { return code == 0x80 ? 0x7FC00000 : widened(code, 5, 2, 16); }

INLINE uint32_t bits_of_e8m0(uint8_t code) {
    const uint32_t power = code == 0 ? 0x00400000 : (uint32_t)code << 23;
    return code == 0xFF ? 0x7FC00000 : power;
}

// The code of a binary32 rounded to `mantissa` bits of mantissa, to nearest, ties to even, without its sign. Beyond the
// largest finite number it is `ceiling`, and for a NaN `nan` and the upper bits of the payload.
INLINE uint32_t narrowed(uint32_t magnitude, unsigned mantissa, unsigned bias, uint32_t ceiling, uint32_t nan) {
    const unsigned shift = 23 - mantissa;
    const uint32_t rounded = (magnitude + ((1u << (shift - 1)) - 1) + (magnitude >> shift & 1)) >> shift;
    const int32_t normal = (int32_t)rounded - (int32_t)((127 - bias) << mantissa);
    int32_t code = normal < (int32_t)ceiling ? normal : (int32_t)ceiling;
    if (bias != 127) {
        // Added to the power of two whose last place is the least subnormal number, the sum is rounded to a multiple of it.
        const uint32_t power = (127 + 24 - bias - mantissa) << 23;
        const uint32_t sum = bits_of_float(float_of_bits(magnitude) + float_of_bits(power));
        code = magnitude < (128 - bias) << 23 ? (int32_t)(sum - power) : code;
    }
    const uint32_t quiet = nan | (magnitude >> shift & ((1u << mantissa) - 1));
    return magnitude > FLOAT_INFINITY ? quiet : (uint32_t)code;
}

// The binary32 next to `value` on the side of zero, with its lowest bit set unless it is `value` itself. Rounded to nearest
// with at least two bits less, it gives what `value` itself would give (Boldo and Melquiond, "Emulation of a FMA and
// correctly rounded sums", 2008).
INLINE uint32_t rounded_to_odd(double value) {
    const float nearest = (float)value;
    const double back = (double)nearest;
    const uint64_t magnitude = bits_of_double(value) & DOUBLE_MAGNITUDE;
    const uint64_t found = bits_of_double(back) & DOUBLE_MAGNITUDE;
    const uint32_t bits = bits_of_float(nearest);
    const uint32_t odd = (bits - (found > magnitude ? 1 : 0)) | 1;
    return found == magnitude || magnitude > DOUBLE_INFINITY ? bits : odd;
}

// A whole number with at most 53 significant bits: what is lost is told by the lowest that is left.
INLINE uint64_t with_sticky_bit(uint64_t value) {
    const uint64_t lost = value & 0x7FF;
    const uint64_t kept = (value ^ lost) | (lost != 0 ? 0x800 : 0);
    return value >> 53 == 0 ? value : kept;
}

INLINE double odd_of_u64(uint64_t value) { return (double)with_sticky_bit(value); }

INLINE double odd_of_i64(int64_t value) {
    const uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    const double result = (double)with_sticky_bit(magnitude);
    return value < 0 ? -result : result;
}

#endif
