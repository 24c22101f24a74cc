#ifndef COPENBLAS_SHIM_H
#define COPENBLAS_SHIM_H

#include <stddef.h>

// The symbols of BLAS and LAPACK as Fortran has them: everything by address, matrices column by column. What gfortran
// compiled takes the lengths of its texts behind the other arguments.

// C = alpha op(A) op(B) + beta C; m x n, k the length of the sums.
void sgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k, const float *alpha,
            const float *a, const int *lda, const float *b, const int *ldb, const float *beta, float *c, const int *ldc,
            size_t transa_length, size_t transb_length);

// C = alpha A A' + beta C, or A' A: one triangle of it.
void dsyrk_(const char *uplo, const char *trans, const int *n, const int *k, const double *alpha, const double *a,
            const int *lda, const double *beta, double *c, const int *ldc, size_t uplo_length, size_t trans_length);
void ssyrk_(const char *uplo, const char *trans, const int *n, const int *k, const float *alpha, const float *a,
            const int *lda, const float *beta, float *c, const int *ldc, size_t uplo_length, size_t trans_length);

// The eigenvalues of a symmetric matrix, which is overwritten; ascending.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t jobz_length, size_t uplo_length);
void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w, float *work,
             const int *lwork, int *iwork, const int *liwork, int *info, size_t jobz_length, size_t uplo_length);

// How many threads OpenBLAS itself may use from now on, in the whole process.
void openblas_set_num_threads(int count);

#endif
