#ifndef KEDGE_CARITHMETIC_H
#define KEDGE_CARITHMETIC_H

#include <gmp.h>
#include <mpfr.h>
#include <mpc.h>

/* What GMP, MPFR and MPC offer as macros alone. */
static inline mpz_ptr kedge_mpq_numerator(mpq_ptr value) { return mpq_numref(value); }
static inline mpz_ptr kedge_mpq_denominator(mpq_ptr value) { return mpq_denref(value); }
static inline int kedge_mpz_sign(mpz_srcptr value) { return mpz_sgn(value); }
static inline mpfr_ptr kedge_mpc_real(mpc_ptr value) { return mpc_realref(value); }
static inline mpfr_ptr kedge_mpc_imaginary(mpc_ptr value) { return mpc_imagref(value); }
static inline mpc_rnd_t kedge_mpc_nearest(void) { return MPC_RNDNN; }

#endif
