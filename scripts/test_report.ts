// Reads what `deno test` and `node --test` report, and counts it.

/** Counted tests; `troubles` says in words why more than single tests failed. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** The names of what failed. */
  failures: string[];
}

/** Nothing counted yet. */
export function noCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

/** Adds the counts of one part to the total. */
export function addCounts(total: Counts, part: Counts): void {
  total.passed += part.passed;
  total.failed += part.failed;
  total.skipped += part.skipped;
  total.failures.push(...part.failures);
}

/** Counts a JUnit report as `deno test` writes it. */
export function countJunit(xml: string): Counts {
  const counts = noCounts();
  for (const [, attributes, body] of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    if (/<(failure|error)\b/.test(body ?? "")) fail(attributes!);
    // A test that never came to its end is reported like a skipped one, but without a time.
    else if (!/\btime="/.test(attributes!)) fail(attributes!, " (never ended)");
    else if (/<skipped\b/.test(body ?? "")) counts.skipped++;
    else counts.passed++;
  }
  return counts;

  function fail(attributes: string, why = ""): void {
    counts.failed++;
    counts.failures.push(unescapeXml(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? "?") + why);
  }
}

/** Counts the TAP output of `node --test`, whose tests are told by nesting: only the leaves count. */
export function countTap(text: string): Counts {
  const counts = noCounts();
  for (const line of text.split("\n")) {
    const match = /^\s*(not )?ok \d+ - (.*?)(?: # (SKIP)\b.*)?$/.exec(line);
    if (match === null) continue;
    if (match[3] !== undefined) counts.skipped++;
    else if (match[1] !== undefined) {
      counts.failed++;
      counts.failures.push(match[2]!);
    } else counts.passed++;
  }
  return counts;
}

function unescapeXml(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);|&#(x?)([0-9a-f]+);/gi, (whole, name, hex, digits) => {
    if (digits !== undefined) return String.fromCodePoint(parseInt(digits, hex ? 16 : 10));
    return { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" }[name as string] ?? whole;
  });
}
