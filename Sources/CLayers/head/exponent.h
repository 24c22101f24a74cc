// exp of sixteen lanes that are at most about 0, within 1.5 units in the last place; what is below -87.3 gives 0.
//
// x = n log 2 + r with |r| <= log 2 / 2, in two steps so that r is exact; a polynomial for exp(r), whose coefficients are those
// of expf in S. Moshier's Cephes library; and n added to the exponent. NaN stays NaN.
#define EXP_F32(vector) \
    ({ \
        const lanes_f32 x_ = (vector); \
        const lanes_i32 kept_ = ~(x_ < -87.3f); \
        /* Adding 1.5 x 2^23 rounds to an integer, which is then the low bits. */ \
        const lanes_f32 shifted_ = x_ * 1.44269504088896341f + 12582912.0f; \
        const lanes_f32 n_ = shifted_ - 12582912.0f; \
        const lanes_f32 r_ = (x_ - n_ * 0.693359375f) - n_ * -2.12194440e-4f; \
        lanes_f32 e_ = r_ * 1.9875691500e-4f + 1.3981999507e-3f; \
        e_ = e_ * r_ + 8.3334519073e-3f; \
        e_ = e_ * r_ + 4.1665795894e-2f; \
        e_ = e_ * r_ + 1.6666665459e-1f; \
        e_ = e_ * r_ + 5.0000001201e-1f; \
        e_ = e_ * (r_ * r_) + r_ + 1.0f; \
        const lanes_i32 power_ = ((lanes_i32)shifted_ - 0x4B400000) << 23; \
        (lanes_f32)((((lanes_i32)e_ + power_) & kept_) | (x_ != x_)); \
    })
