// What this package throws, apart from a TypeError for an argument of the wrong type.

let described;

/** Says who knows the status of a code: the core, which cannot be asked for before its module is there. */
export function describe_with(describe) {
  described = describe;
}

/** An error that the core did not throw itself. */
export function refusal(code, text, options) {
  return new WebhookError(JSON.parse(described(code, text)), options);
}

export class WebhookError extends Error {
  constructor({ message, ...details }, options) {
    super(message, options);
    Object.assign(this, details);
  }
}

Object.defineProperty(WebhookError.prototype, "name", { value: "WebhookError", configurable: true, writable: true });
