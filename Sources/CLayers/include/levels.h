#ifndef CLAYERS_LEVELS_H
#define CLAYERS_LEVELS_H

// What the processor offers to the layers of a network. A function that takes a level uses no more than it. Levels agree
// within rounding, not to the bit: the order of sums and fused products differ. At one level a result depends on nothing but
// the numbers that go in.
enum {
    CLAYERS_SCALAR = 0,
    CLAYERS_AVX2 = 1,         // AVX2, FMA, F16C
    CLAYERS_AVX512 = 2,       // and AVX-512 F, BW, VL, DQ
    CLAYERS_AVX512_BF16 = 3,  // and products of bfloat16 pairs
};

// The highest level of this processor.
int clayers_level(void);

#endif
