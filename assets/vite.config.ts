// Builds assets/main.ts and everything it imports into static/dist, with a
// manifest that tells the server the hashed names. The server serves the folder
// at /static/dist/ and lets browsers keep what is in its assets/ for good.
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

const name = (extension: string) => `assets/[name]-[hash:10].${extension}`;

export default defineConfig({
  root: import.meta.dirname,
  base: "/static/dist/",
  publicDir: false,
  plugins: [tailwindcss()],
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: true,
    modulePreload: false,
    rolldownOptions: {
      input: "main.ts",
      output: {
        hashCharacters: "hex",
        entryFileNames: name("js"),
        chunkFileNames: name("js"),
        assetFileNames: name("[ext]"),
      },
      // htmx contains an eval for features that the page turns off (allowEval: false).
      checks: { eval: false },
    },
  },
});
