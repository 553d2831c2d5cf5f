/* What the machine can do at most: bytes that it streams, multiplications and additions in its registers.
   Built by benchmarks/native.py with -O3 -march=native -fopenmp. Every function returns seconds. */
#include <omp.h>
#include <stddef.h>

/* Multiply `count` numbers in place, `repeats` times over, each thread its own part: one read, one write a number. */
double scale(double *numbers, ptrdiff_t count, int threads, int repeats) {
  double begin = omp_get_wtime();
#pragma omp parallel num_threads(threads)
  {
    int who = omp_get_thread_num(), all = omp_get_num_threads();
    double *mine = numbers + count * who / all;
    ptrdiff_t own = count * (who + 1) / all - count * who / all;
    for (int r = 0; r < repeats; r++) {
      for (ptrdiff_t i = 0; i < own; i++) mine[i] *= 1.0000001;
      __asm__ volatile("" ::: "memory");
    }
  }
  return omp_get_wtime() - begin;
}

typedef double wide __attribute__((vector_size(64)));

/* 8 numbers x 12 chains of fused multiply-adds, `steps` times: 2 x 96 operations a step and thread. */
double multiply_add(ptrdiff_t steps, int threads, double *out) {
  double begin = omp_get_wtime();
#pragma omp parallel num_threads(threads)
  {
    wide x[12], factor = {0}, more = {0};
    factor += 0.999, more += 0.001;
    for (int k = 0; k < 12; k++) x[k] = factor * (0.1 * k);
    for (ptrdiff_t i = 0; i < steps; i++)
#pragma GCC unroll 12
      for (int k = 0; k < 12; k++) x[k] = x[k] * factor + more;
    wide sum = {0};
    for (int k = 0; k < 12; k++) sum += x[k];
    out[omp_get_thread_num()] = sum[0];
  }
  return omp_get_wtime() - begin;
}
