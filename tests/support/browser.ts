// A real Chromium before the real program: every page that it opens is watched for what no page of ours may do.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import puppeteer, { type Browser, type BrowserContext, type Page } from "puppeteer-core";
import { programTest, type Rig, until } from "./program.ts";
import { CHROMIUM_NAMES, findChromium } from "./chromium.ts";
import { missing, requireTool } from "./require_tool.ts";

const CHROMIUM = findChromium();
const skip = CHROMIUM === undefined
  ? missing("a browser", `none of ${CHROMIUM_NAMES.join(", ")} is installed`)
  : requireTool(CHROMIUM, ["--version"]);
const SCREENSHOTS = fileURLToPath(new URL("../../dist/screenshots", import.meta.url));
/** How long a browser may take for anything: the machine may have much else to do. */
export const PATIENCE_MS = 120_000;

export const WIDTHS = [390, 1024, 1600] as const;
export const THEMES = ["light", "dark"] as const;
type Theme = typeof THEMES[number];

// What runs in a page is a text: its names are the browser's.
const SIDEWAYS = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return null;
  const wide = [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
  return scrollWidth + " wide in " + clientWidth + ": " +
    wide.slice(0, 5).map((one) => "<" + one.tagName + " class=" + one.getAttribute("class") + ">").join(" ");
})()`;
const VIOLATIONS = `(async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, help, nodes }) =>
    id + " (" + help + "): " +
    nodes.slice(0, 3).map(({ target, failureSummary }) => target + " " + failureSummary).join("; "));
})()`;

const LINKS = `[...document.querySelectorAll("a[href]")]
  .map((link) => new URL(link.getAttribute("href"), document.baseURI).href)`;

/** A test with processes and a browser; skipped with a word where there is no Chromium. */
export function browserTest(
  name: string,
  body: (rig: Rig, browser: TestBrowser) => Promise<void>,
  lacking: string | false = false,
): void {
  programTest(name, async (rig) => {
    await using browser = await TestBrowser.start(rig);
    await body(rig, browser);
  }, { skip: skip || lacking });
}

/** Keeps figures beside the pictures. */
export async function note(name: string, figures: Record<string, unknown>): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await writeFile(`${SCREENSHOTS}/${name}.json`, JSON.stringify(figures, null, 2));
}

/** Chromium with a profile of its own, which ends with the test. */
export class TestBrowser implements AsyncDisposable {
  private constructor(private readonly chromium: Browser) {}

  static async start(rig: Rig): Promise<TestBrowser> {
    const chromium = await puppeteer.launch({
      executablePath: CHROMIUM!,
      userDataDir: `${rig.folder}/chromium`,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
      acceptInsecureCerts: true,
      timeout: PATIENCE_MS,
      protocolTimeout: PATIENCE_MS,
    });
    return new TestBrowser(chromium);
  }

  /** A tab of a browser that knows nothing of the others. */
  async apart(): Promise<Tab> {
    return await Tab.open(await this.chromium.createBrowserContext());
  }

  /** A tab that shares cookies and workers with those of `tab`. */
  async beside(tab: Tab): Promise<Tab> {
    return await Tab.open(tab.page.browserContext());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chromium.close();
  }
}

/** One page of a browser, and all that went wrong on it. */
export class Tab {
  /** Errors of the console, scripts that threw, requests to others than ours. */
  readonly troubles: string[] = [];
  /** Bytes of what was loaded since the last `open`, by address. */
  readonly loaded = new Map<string, number>();
  /** Answers that are no trouble here though the browser's console says so: their status. */
  readonly expected = new Set<number>();
  #origin = "";
  /** How many were loaded. */
  #documents = 0;

  private constructor(readonly page: Page) {}

  static async open(context: BrowserContext): Promise<Tab> {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const tab = new Tab(page);
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warn") return;
      const status = /status of (\d+)/.exec(message.text())?.[1];
      if (status === undefined || !tab.expected.has(Number(status))) {
        tab.troubles.push(`console: ${message.text()} (${message.location().url ?? "?"})`);
      }
    });
    page.on("pageerror", (error) => tab.troubles.push(`script: ${error}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      const isOurs = url.origin === tab.#origin || url.protocol === "data:" || url.protocol === "about:";
      if (tab.#origin !== "" && !isOurs) tab.troubles.push(`a request to ${url.origin}`);
    });
    page.on("load", () => void tab.#documents++);
    page.on("response", (response) => {
      const length = Number(response.headers()["content-length"] ?? 0);
      tab.loaded.set(response.url(), length);
    });
    return tab;
  }

  /** Goes to a page, waits until it is loaded, and answers its status. */
  async open(url: string): Promise<number> {
    this.#origin = new URL(url).origin;
    this.loaded.clear();
    // One behind another draws nothing, and is not live.
    await this.page.bringToFront();
    const answer = await this.page.goto(url, { waitUntil: "load" });
    return answer?.status() ?? 0;
  }

  async sized(width: number, theme: Theme): Promise<void> {
    await this.page.setViewport({ width, height: width < 500 ? 844 : 900 });
    await this.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  }

  /** Fails on anything that no page may have; `what` names the page. */
  async judge(what: string): Promise<void> {
    assert.deepEqual(this.troubles.splice(0), [], `${what}: trouble in the browser`);
    const scrolls = await this.page.evaluate(SIDEWAYS);
    assert.equal(scrolls, null, `${what}: scrolls sideways`);
    await this.page.evaluate(axe.source);
    const violations = await this.page.evaluate(VIOLATIONS);
    assert.deepEqual(violations, [], `${what}: not accessible to all`);
  }

  /** Keeps a picture of the whole page for people to look at. */
  async picture(name: string): Promise<void> {
    await mkdir(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
  }

  /** The links of this page to others of ours, without their fragments; each once. */
  async links(): Promise<string[]> {
    const found = await this.page.evaluate(LINKS) as string[];
    return [...new Set(found.map((href) => href.replace(/#.*/, "")))].filter((href) =>
      href.startsWith(`${this.#origin}/`)
    );
  }

  async text(selector = "body"): Promise<string> {
    return await this.page.$eval(selector, (element) => (element as any).innerText as string);
  }

  /** Presses the button, and waits for the page that follows. */
  async press(selector: string): Promise<void> {
    await this.follow(() => this.page.click(selector));
  }

  /** Does what leads to another page, and waits until that is loaded; a change of the address alone is none. */
  async follow(lead: () => Promise<void>): Promise<void> {
    const before = this.#documents;
    await lead();
    await until("another page is loaded", () => this.#documents > before);
  }
}
