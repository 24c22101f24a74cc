#ifndef KEDGE_CARITHMETIC_H
#define KEDGE_CARITHMETIC_H

#include <gmp.h>
#include <mpfr.h>
#include <mpc.h>

#endif
