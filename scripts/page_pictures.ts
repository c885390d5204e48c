// Takes the pictures of the page for README.md: `deno run -A scripts/page_pictures.ts [FOLDER]` shows two years of the
// demo, as the real program played them on a virtual clock, to a real Chromium. By default into docs/pictures.

import puppeteer from "puppeteer-core";
import { CHROMIUM_NAMES, findChromium } from "../tests/support/chromium.ts";
import { playHistory } from "./demo_history.ts";
import { say } from "./run_command.ts";

const FOLDER = new URL("../docs/pictures/", import.meta.url).pathname;
/** Some minutes after the hour: all that was due is over. */
const END = Date.UTC(2026, 10, 20, 12, 12);
const PICTURES = [
  { name: "page_overview", path: "/ui/", width: 1180, height: 820, theme: "light" },
  { name: "page_job", path: "/ui/jobs/postgres", width: 1180, height: 1080, theme: "light" },
] as const;

const target = Deno.args[0] ?? FOLDER;
const before = Deno.cwd();
const folder = await Deno.makeTempDir({ prefix: "schelly-pictures-" });
try {
  Deno.chdir(folder);
  const world = await playHistory(END);
  await takePictures((request) => world.ask(request));
  await world.stop();
} finally {
  Deno.chdir(before);
  await Deno.remove(folder, { recursive: true });
}

async function takePictures(ask: (request: Request) => Promise<Response>): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error(`No Chromium: expected one of ${CHROMIUM_NAMES.join(", ")}`);
  }
  const listening = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  // Live pages would never be at rest, and time stands still here.
  const server = Deno.serve(
    listening,
    (request) => request.url.includes("/live") ? new Response(null, { status: 204 }) : ask(request),
  );
  const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    for (const { name, path, width, height, theme } of PICTURES) {
      const page = await browser.newPage();
      await page.setViewport({ width, height, deviceScaleFactor: 1 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      const answer = await page.goto(`http://127.0.0.1:${server.addr.port}${path}`, { waitUntil: "load" });
      if (!answer?.ok()) throw new Error(`${path} was answered ${answer?.status()}`);
      await Deno.writeFile(`${target}/${name}.png`, await page.screenshot({ type: "png" }));
      await page.close();
      say(`${name}.png is taken.`);
    }
  } finally {
    await browser.close();
    await server.shutdown();
  }
}
