import type { Page } from "playwright-core";
import { findBrowser, launch } from "../tools/everywhere/browser.ts";
import { Search } from "../examples/page/actors.ts";
import { startDeno } from "./process.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  test,
  testUnless,
} from "./test.ts";

/** Notes that tell when a part of them is looked at. */
class WatchedNotes extends Array<string> {
  onLook = (): void => {};

  override slice(...range: number[]): string[] {
    this.onLook();
    return [...this].slice(...range);
  }
}

test("examples/page gives up a search as soon as its asker does", async () => {
  await using search = Search.start();
  const patience = new AbortController();
  const notes = WatchedNotes.from({ length: 10_000 }, (_, i) => String(i));
  let looks = 0;
  (notes as WatchedNotes).onLook = () => {
    if (++looks === 2) patience.abort(new Error("stale"));
  };
  const stale = search.ask({ notes, words: "9" }, { signal: patience.signal });
  const next = search.ask({ notes: ["tea", "green tea"], words: "green" });
  await assertRejects(() => stale.get(), Error, "stale");
  assertEquals(await next, ["green tea"]);
  assertEquals(looks, 2);

  assertEquals((await search.ask({ notes, words: "99 9" })).length, 280);
  assert(looks > 4);
});

async function withPage(use: (page: Page) => Promise<void>): Promise<void> {
  await using server = startDeno("run", "-A", "examples/page/serve.ts", "0");
  const [url] = await server.stderr.find(/http:\/\/127\.0\.0\.1:\d+\//);
  const browser = await launch();
  try {
    const page = await browser.newPage({
      viewport: { width: 800, height: 700 },
    });
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.goto(url);
    await settled(page);
    await use(page);
    assertEquals(errors, []);
  } finally {
    await browser.close();
  }
}

/** Waits until what is shown is what was asked for last. */
async function settled(page: Page): Promise<void> {
  await page.locator('body[aria-busy="false"]').waitFor();
}

const noBrowser = findBrowser() === undefined && "no browser is installed";

testUnless(
  noBrowser,
  "examples/page filters the list as one types, and drops stale searches",
  async () => {
    await withPage(async (page) => {
      await page.getByText("10000 of 10000 notes").waitFor();
      await page.getByLabel("Search").pressSequentially("visit cleo piano");
      await settled(page);
      const found = await page.getByRole("listitem").allTextContents();
      assertEquals(found.length, 8);
      for (const note of found) {
        assert(/^visit Cleo about the piano/.test(note), note);
      }
      assert(/^\d+ stale$/.test(await page.locator("#stale").innerText()));
      const path = Deno.env.get("DEKKA_SCREENSHOT");
      if (path !== undefined) await page.screenshot({ path });
    });
  },
);

testUnless(
  noBrowser,
  "examples/page finds a note that was added",
  async () => {
    await withPage(async (page) => {
      await page.getByLabel("Search").fill("saxophone");
      await page.getByText("0 of 10000 notes").waitFor();
      await page.getByLabel("New note").fill("Learn the <b>saxophone</b>");
      await page.getByRole("button", { name: "Add" }).click();
      await page.getByText("1 of 10001 notes").waitFor();
      assertEquals(
        await page.getByRole("listitem").allTextContents(),
        ["Learn the <b>saxophone</b>"],
      );
    });
  },
);
