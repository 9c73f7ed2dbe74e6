// Stands in for the package's own reader, which knows every form, until it is there.

export interface Capture {
  form: string;
  method: string | null;
  target: string | null;
  receivedAt: number | null;
  headers: [string, string][];
  body: Uint8Array;
}

export function readCapture(bytes: Uint8Array): Capture[] {
  const latin1 = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  if (latin1.trimStart().startsWith("{")) {
    const saved = JSON.parse(new TextDecoder().decode(bytes));
    const body =
      saved.body === undefined
        ? Uint8Array.from(atob(saved.body_base64), (char) => char.charCodeAt(0))
        : new TextEncoder().encode(saved.body);
    return [{ form: "saved", method: saved.method, target: saved.target, receivedAt: saved.received_at, headers: saved.headers, body }];
  }
  const end = /\r?\n\r?\n/.exec(latin1);
  if (!end) throw new Error("No empty line ends the headers: give the headers, an empty line, and the body.");
  const lines = latin1.slice(0, end.index).split(/\r?\n/);
  const [method, target] = /^\S+ \S+ HTTP\//.test(lines[0] ?? "") ? (lines.shift() as string).split(" ") : [];
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const body = bytes.slice(end.index + end[0].length);
  return [{ form: "http_request", method: method ?? null, target: target ?? null, receivedAt: null, headers, body }];
}
