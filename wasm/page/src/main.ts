import { takeDrops } from "./bytes_field.ts";
import { find, make } from "./dom.ts";
import { Engine } from "./engine.ts";
import { Explain } from "./explain.ts";
import { SAMPLES, sample, SamplesDialog } from "./samples.ts";
import { Sign } from "./sign.ts";
import { Tabs } from "./tabs.ts";

const tabs = new Tabs(["explain", "sign"]);
const explain = new Explain(new Engine(), welcome);
const dialog = new SamplesDialog((chosen) => explain.show(chosen));
find("[data-samples]").addEventListener("click", () => dialog.open());

const sign = new Sign(new Engine(), (capture, secret) => {
  explain.showSigned(capture, secret);
  tabs.show("explain");
});

// Anywhere: a browser would leave the page for a file that is dropped beside its field.
takeDrops(document.documentElement, () => (find("#sign").hidden ? explain.capture : sign.body));
addEventListener("pageshow", () => {
  explain.again();
  sign.again();
});
for (const verdict of document.querySelectorAll<HTMLElement>(".verdict")) new ResizeObserver(keepClear).observe(verdict);

/** On a phone the verdict lies over the page's lower edge: what is scrolled into sight is to be above it. */
function keepClear(changed: ResizeObserverEntry[]): void {
  for (const { target } of changed) {
    const { offsetHeight } = target as HTMLElement;
    if (offsetHeight > 0) document.documentElement.style.setProperty("--verdict", `${offsetHeight}px`);
  }
}

/** What to do first, where there is nothing to look at. */
function welcome(): Node[] {
  const tried: [word: string, title: string][] = [
    ["verifies", "One that verifies"],
    ["json_spacing", "One whose body was parsed and printed again"],
    ["secret_base64_key", "One signed with another key"],
    ["unknown_secret", "One that nobody can explain"],
  ];
  const item = ([word, title]: [string, string]) =>
    make("li", {}, make("button", { type: "button", class: "quiet", click: () => explain.show(sample(word)) }, title));
  const all = make(
    "button",
    { type: "button", class: "quiet", click: () => dialog.open() },
    `All ${SAMPLES.length} samples`,
  );
  return [
    make(
      "section",
      {},
      make("h3", {}, "Or try a sample"),
      make("ul", { class: "tries" }, ...tried.map(item), make("li", {}, all)),
    ),
  ];
}
