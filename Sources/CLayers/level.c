#include "level.h"

int clayers_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")))
        return CLAYERS_SCALAR;
    if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
          && __builtin_cpu_supports("avx512dq")))
        return CLAYERS_AVX2;
    return __builtin_cpu_supports("avx512bf16") ? CLAYERS_AVX512_BF16 : CLAYERS_AVX512;
#else
    return CLAYERS_SCALAR;
#endif
}
