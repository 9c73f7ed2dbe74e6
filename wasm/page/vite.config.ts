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
  plugins: [samples(), classicScript(), licenceOfTheFonts()],
  build: {
    outDir: "build",
    target: ["chrome123", "firefox128", "safari17.5"],
    assetsInlineLimit: 0,
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

/** A page opened from a disk may run a plain script, and no module. */
function classicScript(): Plugin {
  return {
    name: "classic-script",
    enforce: "post",
    transformIndexHtml: (html) =>
      html.replace(/<script type="module" crossorigin/, "<script defer").replaceAll(" crossorigin", ""),
  };
}

/** It asks to be handed on together with them. */
function licenceOfTheFonts(): Plugin {
  const licence = createRequire(import.meta.url).resolve("@fontsource/ibm-plex-mono/LICENSE");
  return {
    name: "licence-of-the-fonts",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "assets/ibm-plex-LICENSE.txt", source: readFileSync(licence) });
    },
  };
}
