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

known_in_every_copy(WebhookError, "WebhookError");

/**
 * Has `instanceof` take an error of whichever copy of the package for one of this class: an application may hold two, one for
 * `import` and one for `require`. A class that somebody derives from it is known as any other.
 */
export function known_in_every_copy(Class, name) {
  const mark = Symbol.for(`overten-webhook.${name}`);
  Object.defineProperties(Class.prototype, { name: { value: name, writable: true }, [mark]: { value: true } });
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(given) {
      return this === Class ? given?.[mark] === true : Error[Symbol.hasInstance].call(this, given);
    },
  });
}
