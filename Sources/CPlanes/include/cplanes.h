#ifndef CPLANES_H
#define CPLANES_H

#include <stddef.h>
#include <stdint.h>

// Arrays of numbers as byte planes in a zlib stream (RFC 1950): what the filters shuffle and deflate of HDF5 make of a chunk,
// and what every reader of them takes back apart.
//
// An inflater sees planes, one after the other: first the lowest bytes of all elements, then their second bytes, and so on.
// Where elements repeat, all their planes do, at the same distance. So repetitions are looked for once, among the elements,
// and each plane uses those that it gains from. A plane that hardly shrinks is stored, one with long runs written as runs.
//
// The stream depends on the elements alone. Functions here read and write only what they are given.

// The memory in bytes that `cplanes_deflate` works in.
size_t cplanes_scratch_size(size_t bytes);

// The most bytes that `cplanes_deflate` writes, including some behind the stream.
size_t cplanes_bound(size_t bytes, size_t element_size);

// Writes the planes of elements of `element_size` bytes each; what is left over at the end stays as it is.
void cplanes_shuffle(const uint8_t *elements, size_t bytes, size_t element_size, uint8_t *planes);

// Writes the elements of planes: undoes `cplanes_shuffle`.
void cplanes_unshuffle(const uint8_t *planes, size_t bytes, size_t element_size, uint8_t *elements);

// The checksum of HDF5's filter fletcher32, which takes the bytes two by two, the more significant one first.
uint32_t cplanes_fletcher32(const uint8_t *bytes, size_t count);

// Writes a zlib stream of the planes of elements to `output`, and returns its length. `scratch` is aligned as malloc does.
size_t cplanes_deflate(
    const uint8_t *elements, size_t bytes, size_t element_size, void *scratch, uint8_t *output);

#endif
