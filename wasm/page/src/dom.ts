/** What draws the page: elements made from text, never from markup. */

type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/** An element with its attributes (a function is a listener, `false` leaves one out) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** The element that the page's own markup holds under this selector. */
export function find<T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): T {
  const element = root.querySelector<T>(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}

/** A sentence of the core's, in which what stands between backticks is code. */
export function sentence(text: string): (Node | string)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? make("code", {}, part) : part));
}

/** A button that copies what `text` gives when it is pressed, and says so. */
export function copyButton(label: string, text: () => string | Promise<string>): HTMLButtonElement {
  const said = make("span", { "aria-live": "polite" }, label);
  const button = make("button", { type: "button", class: "quiet", click: () => void copy() }, said);
  async function copy() {
    try {
      await navigator.clipboard.writeText(await text());
      said.textContent = "Copied";
    } catch {
      said.textContent = "Copying was refused: select the text instead";
    }
    setTimeout(() => (said.textContent = label), 2500);
  }
  return button;
}

const NUMBERS = new Intl.NumberFormat("en");

/** A count with its unit: `1 byte`, `1,024 bytes`. */
export function count(number: number, unit: string): string {
  return `${NUMBERS.format(number)} ${unit}${number === 1 ? "" : "s"}`;
}

/** A time in Unix seconds as people read it, in UTC. */
export function utc(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace("T", " ").replace(".000Z", " UTC");
}
