#ifndef CLAYERS_LANES_H
#define CLAYERS_LANES_H

#include "level.h"

// Sixteen lanes, whatever the processor has: one register of AVX-512, two of AVX2, four of SSE and NEON. The compiler divides
// them. Functions on them are inlined into a function of a level, so that they never cross a call.
typedef float lanes_f32 __attribute__((vector_size(64)));
typedef float half_f32 __attribute__((vector_size(32)));
typedef float quarter_f32 __attribute__((vector_size(16)));
typedef int32_t lanes_i32 __attribute__((vector_size(64)));
typedef uint32_t lanes_u32 __attribute__((vector_size(64)));
typedef uint32_t half_u32 __attribute__((vector_size(32)));
typedef uint16_t half_u16 __attribute__((vector_size(16)));
typedef uint16_t lanes_u16 __attribute__((vector_size(32)));
typedef double lanes_f64 __attribute__((vector_size(128)));

enum { LANES = 16 };
#define FIXED_LANES

// Sums of products may be fused where the processor can.
#pragma STDC FP_CONTRACT ON

#define LOAD_F32(address) \
    ({ \
        lanes_f32 loaded_; \
        memcpy(&loaded_, (address), sizeof loaded_); \
        loaded_; \
    })
#define STORE_F32(address, value) \
    do { \
        const lanes_f32 stored_ = (value); \
        memcpy((address), &stored_, sizeof stored_); \
    } while (0)
#define WIDEN_BF16(address) \
    ({ \
        lanes_u16 narrow_; \
        memcpy(&narrow_, (address), sizeof narrow_); \
        (lanes_f32)(__builtin_convertvector(narrow_, lanes_u32) << 16); \
    })
// The lanes joined pairwise: l and l + 8, then l and l + 4, and so on.
#define JOIN_F32(vector) \
    ({ \
        const lanes_f32 all_ = (vector); \
        JOIN_HALF(__builtin_shufflevector(all_, all_, 0, 1, 2, 3, 4, 5, 6, 7) \
                  + __builtin_shufflevector(all_, all_, 8, 9, 10, 11, 12, 13, 14, 15)); \
    })
#define JOIN_HALF(vector) \
    ({ \
        const half_f32 half_ = (vector); \
        const quarter_f32 quarter_ = \
            __builtin_shufflevector(half_, half_, 0, 1, 2, 3) + __builtin_shufflevector(half_, half_, 4, 5, 6, 7); \
        const quarter_f32 pair_ = quarter_ + __builtin_shufflevector(quarter_, quarter_, 2, 3, 2, 3); \
        pair_[0] + pair_[1]; \
    })

#endif
