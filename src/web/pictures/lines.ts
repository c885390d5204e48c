// Lines and areas through points, as the `d` of a path.

import { area, curveLinear, curveStepAfter, line } from "d3-shape";

/** A place in a picture; px. */
interface Point {
  x: number;
  y: number;
}

/** A line through points; `steps`: each value holds until the next. */
export function linePath(points: readonly Point[], kind: "straight" | "steps" = "straight"): string {
  const path = line((point: Point) => point.x, (point: Point) => point.y);
  return path.curve(kind === "steps" ? curveStepAfter : curveLinear).digits(1)(points) ?? "";
}

/** What lies between two lines over the same places. */
export function areaPath(
  points: readonly (Point & { low: number })[],
  kind: "straight" | "steps" = "straight",
): string {
  const path = area().x((point: Point) => point.x).y1((point: Point) => point.y)
    .y0((point: { low: number }) => point.low);
  return path.curve(kind === "steps" ? curveStepAfter : curveLinear).digits(1)(points) ?? "";
}
