import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import samples from "./samples.plugin.mjs";

const PACKAGE = fileURLToPath(new URL("../js/build/package/esm/", import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^overten-webhook$/, replacement: `${PACKAGE}index.js` },
      { find: /^overten-webhook\/diagnose$/, replacement: `${PACKAGE}diagnose.js` },
      // The larger module does all that the smaller one does: the page carries one of them.
      { find: /^#core$/, replacement: `${PACKAGE}modules/diagnose.js` },
    ],
  },
  base: "./",
  plugins: [samples(), oneFile(), licenceOfTheFonts()],
  build: {
    outDir: "build",
    target: ["chrome123", "firefox128", "safari17.5"],
    assetsInlineLimit: 100_000,
    cssCodeSplit: false,
    modulePreload: false,
    // Tests hold it to size.json: the core is most of it.
    chunkSizeWarningLimit: 1000,
    reportCompressedSize: false,
    rolldownOptions: {
      output: { format: "iife", entryFileNames: "assets/page.js", assetFileNames: "assets/[name][extname]" },
    },
  },
  worker: { format: "iife" },
  preview: { host: "127.0.0.1", port: 8790 },
});

/**
 * All of the page in one file, so that its policy can name its script and its style by their hashes: nothing else runs, and
 * nothing is loaded, not from its own server either. A page opened from a disk may run a plain script, and no module.
 */
function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const take = (name: string) => {
        const file = bundle[name];
        delete bundle[name];
        return file?.type === "chunk" ? file.code : String(file?.source);
      };
      // An HTML parser would end the script there.
      const script = take("assets/page.js").replaceAll(/<(?=\/script|!--)/gi, "\\x3c");
      const style = take("assets/style.css");
      const html = take("index.html")
        .replace("script-src 'self'", `script-src '${hash(script)}'`)
        .replace("style-src 'self'", `style-src '${hash(style)}'`)
        .replace(/\s*<script type="module"[^>]*><\/script>/, "")
        .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
        .replace("</body>", () => `  <script>${script}</script>\n  </body>`);
      this.emitFile({ type: "asset", fileName: "index.html", source: html });
    },
  };
}

function hash(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** It asks to be handed on together with them. */
function licenceOfTheFonts(): Plugin {
  const licence = createRequire(import.meta.url).resolve("@fontsource/ibm-plex-mono/LICENSE");
  return {
    name: "licence-of-the-fonts",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "ibm-plex-LICENSE.txt", source: readFileSync(licence) });
    },
  };
}
