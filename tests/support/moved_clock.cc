// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <sys/time.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

/// For LD_PRELOAD: moves the wall clock of a program, so that weeks pass in a test's seconds.
/// MOVED_CLOCK="A B PACE", three numbers: at the true A (seconds since 1970) it is B, and PACE
/// moved seconds pass in a true one. Programs that have the same MOVED_CLOCK agree. Monotonic
/// clocks, the times of files and waits until a wall clock time are the true ones.
namespace {

using GetTime = int (*)(clockid_t, timespec*);

struct Clock {
  Clock() : true_time(reinterpret_cast<GetTime>(::dlsym(RTLD_NEXT, "clock_gettime"))) {
    char const* const text = std::getenv("MOVED_CLOCK");
    if (text == nullptr) return;
    moves = std::sscanf(text, "%Lf %Lf %Lf", &from, &to, &pace) == 3;
    if (moves) return;
    std::fprintf(stderr, "MOVED_CLOCK='%s' is not three numbers\n", text);
    std::abort();
  }

  GetTime const true_time;
  bool moves = false;
  long double from = 0, to = 0, pace = 1;
};

Clock const& the_clock() {
  static Clock const clock;
  return clock;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* time) noexcept {
  Clock const& clock = the_clock();
  int const status = clock.true_time(id, time);
  if (status != 0 || !clock.moves || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)) {
    return status;
  }
  long double const now =
      static_cast<long double>(time->tv_sec) + static_cast<long double>(time->tv_nsec) * 1e-9L;
  long double const moved = clock.to + (now - clock.from) * clock.pace;
  time->tv_sec = static_cast<std::time_t>(std::floor(moved));
  time->tv_nsec = static_cast<long>((moved - std::floor(moved)) * 1e9L);
  return 0;
}

int gettimeofday(timeval* time, void* /*zone*/) noexcept {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

std::time_t time(std::time_t* result) noexcept {
  timespec now{};
  (void)clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
