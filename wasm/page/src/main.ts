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

new Sign(new Engine(), (capture, secret) => {
  explain.showSigned(capture, secret);
  tabs.show("explain");
});

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
