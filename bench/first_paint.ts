// How soon a browser has painted a page of a program that answers in this process.

import puppeteer from "puppeteer-core";
import { findChromium } from "../tests/support/chromium.ts";

const LOOKS = 5;

/** Median (ms) from the asking to the first paint of what a page says; undefined where there is no Chromium. */
export async function firstPaint(
  answer: (request: Request) => Promise<Response>,
  path: string,
  folder: string,
): Promise<number | undefined> {
  const executablePath = findChromium();
  if (executablePath === undefined) return undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const browser = await puppeteer.launch({
    executablePath,
    userDataDir: `${folder}/chromium`,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1600, height: 900 });
    const taken: number[] = [];
    // The first look fetches styles and scripts as well, which a browser then keeps.
    for (let look = 0; look <= LOOKS; look++) {
      await page.goto(`http://127.0.0.1:${server.addr.port}${path}`, { waitUntil: "load" });
      const paint = await page.waitForFunction(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
      );
      if (look > 0) taken.push(await paint.jsonValue() as number);
    }
    return taken.sort((a, b) => a - b)[LOOKS >> 1]!;
  } finally {
    await browser.close();
    await server.shutdown();
  }
}
