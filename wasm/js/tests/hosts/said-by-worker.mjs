// What a Worker is told that cannot verify.

import { Verifier } from "overten-webhook";

export default {
  fetch() {
    try {
      return new Response(new Verifier("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").secrets[0].label);
    } catch ({ code, message }) {
      return new Response(`${code}: ${message}`);
    }
  },
};
