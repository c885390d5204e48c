// Where an instant lies on an axis that is wider near now: within a stretch equal times are equally wide.

import { scaleLinear } from "d3-scale";

/** A part of an axis, in UTC ms and px. */
interface Stretch {
  from: number;
  until: number;
  left: number;
  right: number;
}

/** From instants to px; what lies outside comes to its edge. */
export interface TimeScale {
  x(ms: number): number;
  stretches: readonly Stretch[];
}

/** `edges` rise, and there is a weight for each stretch between two of them: how much of the width it takes. */
export function timeScale(
  edges: readonly number[],
  weights: readonly number[],
  [left, right]: readonly [number, number],
): TimeScale {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const places = [left];
  let sum = 0;
  for (const weight of weights) {
    sum += weight;
    places.push(left + (right - left) * (sum / total));
  }
  const scale = linearScale(edges, places).clamp(true);
  const stretches = weights.map((_, at) => ({
    from: edges[at]!,
    until: edges[at + 1]!,
    left: places[at]!,
    right: places[at + 1]!,
  }));
  return { x: (ms) => scale(ms), stretches };
}

/** As much of a scale of d3-scale as is used here, which says nothing of its types itself. */
interface LinearScale {
  (value: number): number;
  clamp(isClamped: boolean): LinearScale;
  nice(marks: number): LinearScale;
  ticks(count: number): number[];
  domain(): number[];
}

/** A scale from numbers to px, straight between each two. */
export function linearScale(domain: readonly number[], range: readonly number[]): LinearScale {
  return scaleLinear().domain(domain).range(range);
}
