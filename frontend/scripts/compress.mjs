// Packs every built file once, as tightly as possible, so the server never compresses them again.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const LEAST_BYTES = 1024;
const texts = /\.(html|js|mjs|css|svg|json|txt|wasm|map|bcmap|pfb|ttf)$/;

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

const dist = new URL("../dist", import.meta.url).pathname;
for (const path of walk(dist)) {
  // index.html is completed by the server with the name of the site.
  if (!texts.test(path) || path.endsWith("index.html") || statSync(path).size < LEAST_BYTES) continue;
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}
