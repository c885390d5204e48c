// How V8 runs the compiled program, and the program that is measured.

/**
 * A server idles nearly always, and then its memory is what it costs: the young generation stays small, the heap is
 * collected each time it has grown by a third, and there is no machine code but for what runs often. `--optimize-for-size`
 * collected more often still: a crowd of due jobs cost twice the processor then, a third of it in pauses of half a second,
 * for 13 MiB less with 10,000 jobs and 15 MiB less under 6,000 connections that somebody holds open. Without any limit these
 * cost 45 MiB more.
 */
export const V8_FLAGS =
  "--no-sparkplug,--max-semi-space-size=4,--min-semi-space-size=1,--heap-growing-percent=30";
