// Sizes as people write them.

const SIZE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `412 kB`, `1.2 GB`: megabytes of a million bytes as people write them. */
export function sizeText(megabytes: number): string {
  let size = megabytes * 1e6;
  let unit = 0;
  // Rounded below: 999.6 kB would be written as 1000.
  while (size >= 999.5 && unit < SIZE_UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 99.95 && unit > 0 ? Number(size.toFixed(1)) : Math.round(size)} ${SIZE_UNITS[unit]}`;
}

/** The same of bytes. */
export function bytesText(bytes: number): string {
  return sizeText(bytes / 1e6);
}
