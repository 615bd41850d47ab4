/** A page of plain rows, made without any library: what the machine can do at best. */
import type { Page } from "playwright-core";
import { listing } from "./large";

const SITE = "http://plain.example";
const PAGE = `<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; font: 14px sans-serif }
  [data-scroller] { height: 100vh; overflow: auto }
  .all { position: relative; height: 4400000px }
  .row { position: absolute; inset-inline: 0; height: 44px; display: grid; grid-template-columns: 36px minmax(180px, 1fr) 120px 160px; align-items: center; border-bottom: 1px solid #ddd }
  .name { display: flex; gap: 8px; min-width: 0 }
  .name span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
</style><button>Open</button><div data-scroller><div class="all"></div></div>
<script>
  const scroller = document.querySelector("[data-scroller]");
  const all = document.querySelector(".all");
  const count = Number(new URLSearchParams(location.search).get("rows"));
  function draw(name) {
    const first = Math.floor(scroller.scrollTop / 44);
    all.replaceChildren(...Array.from({ length: count }, (_, at) => {
      const row = document.createElement("div");
      row.className = "row";
      row.style.transform = "translateY(" + (first + at) * 44 + "px)";
      row.innerHTML = '<div><input type="checkbox"></div><div class="name"><svg width="24" height="24"><path d="M4 4h10l6 6v10H4z" fill="none" stroke="currentColor"/></svg><span title="file"></span></div><div>1.0 KB</div><div><span>today</span></div>';
      row.querySelector("[title]").textContent = name(first + at);
      return row;
    }));
  }
  scroller.addEventListener("scroll", () => draw((at) => "file " + at + ".txt"));
  document.querySelector("button").addEventListener("click", async () => {
    // Ours has as much to do before it asks.
    draw((at) => "file " + at + ".txt");
    const { data } = await (await fetch("/answer")).json();
    draw((at) => data.files[at % data.files.length].name);
    requestAnimationFrame(() => setTimeout(() => performance.mark("rows")));
  });
</script>`;

/** Its button draws so many rows, reads a listing of 1,000 files and draws as many of those; each frame that it scrolls draws as many anew. */
export async function openPlain(page: Page, rows: number) {
  await page.route(`${SITE}/**`, (route) => {
    const answer = route.request().url().endsWith("/answer");
    return answer ? route.fulfill({ json: listing(0, 1000, 2000, "Plain") }) : route.fulfill({ contentType: "text/html", body: PAGE });
  });
  await page.goto(`${SITE}/?rows=${rows}`);
}
