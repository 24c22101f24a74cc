// Includes the file TEMPLATE once for each level, with LANES the numbers in a vector, TARGET the attributes of a function and
// AT(name) its name; undefines TEMPLATE. With FIXED_LANES the file says itself what LANES are. CALL(name, ...) then calls the
// function of the `level` in scope.

#define TARGET
#define AT(name) name##_scalar
#ifndef FIXED_LANES
#define LANES 4
#endif
#include TEMPLATE
#undef LANES
#undef AT
#undef TARGET

#if defined(__x86_64__)

#define TARGET AVX2
#define AT(name) name##_avx2
#ifndef FIXED_LANES
#define LANES 8
#endif
#include TEMPLATE
#undef LANES
#undef AT
#undef TARGET

#define TARGET AVX512
#define AT(name) name##_avx512
#ifndef FIXED_LANES
#define LANES 16
#endif
#include TEMPLATE
#undef LANES
#undef AT
#undef TARGET

#endif

#undef TEMPLATE

#ifndef CALL
#if defined(__x86_64__)
#define CALL(name, ...) \
    (level >= CLAYERS_AVX512 ? name##_avx512(__VA_ARGS__) \
     : level >= CLAYERS_AVX2 ? name##_avx2(__VA_ARGS__)   \
                             : name##_scalar(__VA_ARGS__))
#else
#define CALL(name, ...) ((void)level, name##_scalar(__VA_ARGS__))
#endif
#endif
