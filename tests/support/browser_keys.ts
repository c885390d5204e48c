// A page by its keys alone, as somebody uses it who has no pointer.

import assert from "node:assert/strict";
import type { Tab } from "./browser.ts";

/** More stand on no page that is tried. */
const MOST_PRESSES = 150;

/** Presses Tab until what has the focus says these words, `inside` of what; each on the way must be seen to have it. */
export async function tabTo(tab: Tab, words: RegExp, inside = "body"): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < MOST_PRESSES; presses++) {
    await tab.page.keyboard.press("Tab");
    const [text, isShown] = await tab.page.evaluate(FOCUS) as [string, boolean];
    const isInside = await tab.page.evaluate(
      `document.activeElement.closest(${JSON.stringify(inside)}) !== null`,
    );
    assert.ok(isShown, `'${text}' has the focus, and nothing shows it`);
    if (isInside && words.test(text)) return;
    // All round, and not met.
    if (passed.length > 0 && text === "To the content") break;
    passed.push(text);
  }
  assert.fail(`nothing like ${words} is reached by Tab: ${passed.join(" | ")}`);
}

const FOCUS = `(() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
  const label = at.labels?.[0]?.innerText;
  const text = (label || at.innerText || at.getAttribute("aria-label") || at.name || "").trim();
  // The browser itself marks the part of a time that is written.
  const isShown = at === document.body || at.type === "datetime-local" || outlineStyle !== "none" && outlineWidth !== "0px" || boxShadow !== "none";
  return [text, isShown];
})()`;

/** Presses Enter, and waits for the page that follows. */
export async function enter(tab: Tab): Promise<void> {
  await tab.follow(() => tab.page.keyboard.press("Enter"));
}

/** What has the focus. */
export async function focused(tab: Tab): Promise<string> {
  return (await tab.page.evaluate(FOCUS) as [string, boolean])[0];
}
