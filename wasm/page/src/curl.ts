/** The command that sends a signed body, for sh, bash and zsh, byte for byte. */

/** What is longer goes by way of a file: a terminal hands a shell without an editor of its own 4,095 bytes of a line. */
const LONGEST_INLINE = 3 * 1024;

export interface Request {
  url: string;
  headers: [name: string, value: string][];
  body: Uint8Array;
  /** The name that the body's file has, where the command reads it from one: `needsFile` says so. */
  file: string;
}

export function curl({ url, headers, body, file }: Request): { command: string; needsFile: boolean } {
  const text = inline(body);
  const data = text === null ? `--data-binary @${file}` : `--data-raw ${text}`;
  const lines = [
    `curl --globoff --url ${quoted(url)}`,
    ...headers.map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`),
    data,
  ];
  return { command: lines.join(" \\\n  "), needsFile: text === null };
}

/** The body, quoted, as text that comes through a terminal and a shell unchanged; null where no text does. */
function inline(body: Uint8Array): string | null {
  if (body.length > LONGEST_INLINE) return null;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    // Control characters, on which a terminal acts, and what is invisible or reorders the text, which people lose.
    if (/[^\n\P{C}]|[\u2028\u2029]/u.test(text)) return null;
    const argument = quoted(text);
    return new TextEncoder().encode(argument).length > LONGEST_INLINE ? null : argument;
  } catch {
    return null;
  }
}

/** In single quotes a shell changes nothing; the quote itself stands outside of them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
