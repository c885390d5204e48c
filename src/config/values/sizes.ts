// Sizes as people write them: `10MiB`, `1.5GB`.

/** A number, decimals allowed, and its unit. */
export const SIZE_PATTERN = /^\d{1,12}(\.\d{1,6})?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

const UNITS: Record<string, number> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Megabytes of 1,000,000 bytes, as providers count; undefined when the text is no size. */
export function parseSizeMb(text: string): number | undefined {
  if (!SIZE_PATTERN.test(text)) return undefined;
  const unit = text.replace(/^[\d.]+/, "");
  return Number.parseFloat(text) * UNITS[unit]! / 1e6;
}
