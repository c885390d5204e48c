// Points in time as the product writes them.

/** ISO 8601 in UTC of a time in ms, such as `2026-11-23T04:00:00.000Z`; null for none. */
export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
