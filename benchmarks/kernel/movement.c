/* A path of the movement of stocks, fused: see benchmarks/kernel/problem.py for the mathematics and the arrays.
   Two passes over every leaf a year: live, earn and sum the leavers by province; then leave and arrive. */
#include <stddef.h>
#include <string.h>

typedef const double *restrict In;
typedef double *restrict Out;

typedef struct {
  int years, cities, provinces, funds, stocks, life, work;
  const int *province;
  const double *leaving, *within, *local, *elsewhere_settled, *elsewhere_far, *home_share, *arrival_share;
  const double *multiplier, *gain, *credit, *award;
  double back, changed, rise;
  /* by year */
  const double *lived, *lived_oldest, *newborn, *bearing, *bearing_after, *people, *oldest;
  const double *stay, *hazard, *rights, *lived_pension, *lived_pension_oldest;
  const int *life_leavers, *pension_leavers;
} Problem;

static void leave(int n, In leaf, In profile, double intensity, Out sum) {
  for (int j = 0; j < n; j++) sum[j] += leaf[j] * (profile[j] * intensity);
}

static void settle(int n, Out here, Out near, Out far, In profile, double intensity, In a, In b, In c, double home,
                   double spread, double changed) {
  for (int j = 0; j < n; j++) {
    double kept = 1 - profile[j] * intensity;
    double x = here[j] * kept + a[j] * home, y = near[j] * kept + b[j] * spread, z = far[j] * kept + c[j] * spread;
    here[j] = x + changed * (y + z);
    near[j] = (1 - changed) * y;
    far[j] = (1 - changed) * z;
  }
}

/* Arrivals of every class by province from the leavers [class, province, n]; scratch for those who do not return. */
static void arrive(const Problem *p, int n, const double *gone, double *arrived, double *onward) {
  int provinces = p->provinces;
  size_t block = (size_t)provinces * n;
  const double *here = gone, *near = gone + block, *far = gone + 2 * block;
  for (size_t k = 0; k < block; k++) onward[k] = here[k] + (1 - p->back) * near[k];
  for (int q = 0; q < provinces; q++) {
    Out a = arrived + (size_t)q * n, b = a + block, c = b + block;
    In own_near = near + (size_t)q * n, own = onward + (size_t)q * n;
    for (int j = 0; j < n; j++) a[j] = p->back * own_near[j], b[j] = p->within[q] * own[j], c[j] = 0;
    for (int o = 0; o < provinces; o++) {
      In f = far + (size_t)o * n, w = onward + (size_t)o * n;
      double home = p->local[o * provinces + q], e = p->elsewhere_settled[o * provinces + q];
      double g = p->elsewhere_far[o * provinces + q];
      for (int j = 0; j < n; j++) a[j] += home * f[j], c[j] += e * w[j] + g * f[j];
    }
  }
}

/* Migrate a quantity [class, city, n] whose leavers have been summed into `gone`. */
static void migrate(const Problem *p, int n, double *leaf, const double *profile, const double *gone, double *scratch) {
  size_t block = (size_t)p->provinces * n, size = (size_t)p->cities * n;
  double *arrived = scratch, *onward = scratch + 3 * block;
  arrive(p, n, gone, arrived, onward);
  for (int m = 0; m < p->cities; m++) {
    size_t at = (size_t)m * n, from = (size_t)p->province[m] * n;
    settle(n, leaf + at, leaf + size + at, leaf + 2 * size + at, profile, p->leaving[m], arrived + from,
           arrived + block + from, arrived + 2 * block + from, p->home_share[m], p->arrival_share[m], p->changed);
  }
}

static void people(const Problem *p, int t, double *young, double *old, double *scratch) {
  int n = p->life, cities = p->cities, provinces = p->provinces;
  const int *out = p->life_leavers + 2 * t;
  double *gone = scratch, *gone_old = gone + (size_t)3 * provinces * n, *rest = gone_old + (size_t)3 * provinces * 2;
  memset(gone, 0, sizeof(double) * 3 * provinces * (n + 2));
  In bearing = p->bearing + (size_t)t * n, after = p->bearing_after + (size_t)t * n;
  In profile = p->people + (size_t)t * n, profile_old = p->oldest + 2 * t;
  for (int c = 0; c < 3; c++)
    for (int m = 0; m < cities; m++) {
      int q = p->province[m];
      Out leaf = young + ((size_t)c * cities + m) * n;
      In lived = p->lived + ((size_t)t * provinces + q) * n;
      double births = 0;
#pragma omp simd reduction(+ : births)
      for (int j = 0; j < n; j++) {
        double after_year = leaf[j] * lived[j];
        births += leaf[j] * bearing[j] + after_year * after[j];
        leaf[j] = after_year;
      }
      double *oldest = old + ((size_t)c * cities + m) * 2;
      for (int x = 0; x < 2; x++) {
        double child = p->newborn[((size_t)t * provinces + q) * 2 + x] * (p->multiplier[m] * births);
        oldest[x] = leaf[out[x]] + oldest[x] * p->lived_oldest[((size_t)t * provinces + q) * 2 + x];
        leaf[out[x]] = child;
      }
      leave(n, leaf, profile, p->leaving[m], gone + ((size_t)c * provinces + q) * n);
      leave(2, oldest, profile_old, p->leaving[m], gone_old + ((size_t)c * provinces + q) * 2);
    }
  migrate(p, n, young, profile, gone, rest);
  migrate(p, 2, old, profile_old, gone_old, rest);
}

static void fund(const Problem *p, int t, int f, double *rights, double *awarded, double *oldest, double *scratch) {
  int n = p->work, cities = p->cities, provinces = p->provinces, stocks = p->stocks;
  size_t leaf_size = (size_t)cities * n, block = (size_t)3 * provinces * n;
  double *gone = scratch, *rest = scratch + 4 * block;
  In hazard = p->hazard + ((size_t)t * p->funds + f) * n, profile = p->rights + (size_t)t * n;
  const int *out = p->pension_leavers + 2 * t;
  memset(gone, 0, sizeof(double) * 4 * block);
  for (int m = 0; m < cities; m++) {
    int q = p->province[m];
    size_t at = (size_t)m * n;
    In lived = p->lived_pension + ((size_t)t * provinces + q) * n;
    In heads0 = rights + at, heads1 = rights + leaf_size + at, heads2 = rights + 2 * leaf_size + at;
    for (int s = 0; s < stocks; s++) {
      Out stock = awarded + (size_t)s * leaf_size + at;
      double rise = s == 1 ? p->rise : 1, award = p->award[s];
      double *old = oldest + ((size_t)s * cities + m) * 2;
      for (int j = 0; j < n; j++)
        stock[j] = lived[j] * (rise * stock[j]) + award * hazard[j] * (heads0[j] + heads1[j] + heads2[j]);
      for (int x = 0; x < 2; x++) {
        double was = p->lived_pension_oldest[((size_t)t * provinces + q) * 2 + x] * (rise * old[x]);
        old[x] = stock[out[x]] + was;
        stock[out[x]] = 0;
      }
    }
    In stay = p->stay + (((size_t)t * p->funds + f) * provinces + q) * n;
    for (int k = 3; k >= 0; k--) /* heads last: the others earn by them */
      for (int c = 0; c < 3; c++) {
        Out leaf = rights + ((size_t)(3 * k + c)) * leaf_size + at;
        double gain = p->gain[k], credit = p->credit[k];
        if (k == 0)
          for (int j = 0; j < n; j++) leaf[j] = stay[j] * leaf[j];
        else {
          In heads = rights + (size_t)c * leaf_size + at;
          for (int j = 0; j < n; j++) leaf[j] = stay[j] * (gain * leaf[j] + credit * heads[j]);
        }
        leave(n, leaf, profile, p->leaving[m], gone + (size_t)k * block + ((size_t)c * provinces + q) * n);
      }
  }
  for (int k = 0; k < 4; k++)
    migrate(p, n, rights + (size_t)3 * k * leaf_size, profile, gone + (size_t)k * block, rest);
}

/* All years of a path, in place. */
void movement(const Problem *p, double *young, double *old, double *rights, double *awarded, double *oldest,
              double *scratch) {
  size_t leaf = (size_t)p->cities * p->work, pair = (size_t)p->cities * 2;
  for (int t = 0; t < p->years; t++) {
    for (int f = 0; f < p->funds; f++)
      fund(p, t, f, rights + 12 * leaf * f, awarded + p->stocks * leaf * f, oldest + p->stocks * pair * f, scratch);
    people(p, t, young, old, scratch);
  }
}
