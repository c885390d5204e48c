// The files of the page: an address changes with its file, and the style keeps to the design.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assetPath, findAsset } from "../../../src/web/assets/assets.ts";

const style = findAsset(assetPath("", "style.css").split("/").at(-1)!)!.text;

test("each file is found under the address that it is given, and under no other", () => {
  for (const name of ["htmx.js", "page.js", "style.css", "mark.svg"] as const) {
    const path = assetPath("/schelly", name);
    assert.match(path, /^\/schelly\/ui\/assets\/\w+\.[0-9a-f]{12}\.\w+$/);
    assert.ok(findAsset(path.split("/").at(-1)!)!.text.length > 100);
    assert.equal(findAsset(name), undefined);
  }
});

test("the style asks no other host for anything", () => {
  assert.doesNotMatch(style, /url\(|@import/);
});

/** The colours of one theme, by role. */
function themeOf(block: string): Map<string, string> {
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, role, colour]) => [role!, colour!]),
  );
}

const [lightBlock = "", darkBlock = ""] = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
  block!
);
const THEMES = { light: themeOf(lightBlock), dark: themeOf(darkBlock) };

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high! + 0.05) / (low! + 0.05);
}

/** Words need 4.5, marks and edges of fields 3 (WCAG AA). */
const PAIRS: [front: string, back: string, least: number][] = [
  ...["page", "surface", "sunken"].flatMap((back): [string, string, number][] => [
    ...["ink", "soft", "faint", "accent", "good", "warn", "bad", "busy", "idle"].map((
      front,
    ): [string, string, number] => [front, back, 4.5]),
  ]),
  ...["good", "warn", "bad", "busy", "idle"].flatMap((tone): [string, string, number][] => [
    [tone, `${tone}-tint`, 4.5],
    ["ink", `${tone}-tint`, 4.5],
    ...(tone === "idle" ? [] : [[`${tone}-mark`, "surface", 3] as [string, string, number]]),
  ]),
  ["on-accent", "accent", 4.5],
  ["accent", "accent-tint", 4.5],
  ["edge", "surface", 3],
  ["edge", "page", 3],
];

for (const [name, theme] of Object.entries(THEMES)) {
  test(`in the ${name} theme whatever is read stands out enough`, () => {
    const poor = PAIRS.flatMap(([front, back, least]) => {
      const ratio = contrast(theme.get(front)!, theme.get(back)!);
      return ratio >= least ? [] : [`${front} on ${back}: ${ratio.toFixed(2)}, expected ${least}`];
    });
    assert.deepEqual(poor, []);
  });
}

test("the design names the colours that the style has", () => {
  const design = readFileSync(new URL("../../../docs/design.md", import.meta.url), "utf8");
  for (const role of THEMES.light.keys()) {
    assert.ok(THEMES.dark.has(role), `dark has no ${role}`);
    const row = design.split("\n").find((line) => line.startsWith(`| \`${role}\``));
    assert.ok(row?.includes(THEMES.light.get(role)!) && row.includes(THEMES.dark.get(role)!), role);
  }
});
