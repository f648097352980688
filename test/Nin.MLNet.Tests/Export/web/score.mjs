// The exported network in a second runtime, ONNX Runtime for the web (WebAssembly), under Node:
//   npm install onnxruntime-web && node score.mjs model.onnx images.json
// images.json: {"shape": [N, C, H, W], "pixels": [...]}. Prints the scores, a line for each image.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "package.json"));
const ort = await import(pathToFileURL(require.resolve("onnxruntime-web")));
const [model, images] = process.argv.slice(2);
const { shape, pixels } = JSON.parse(await readFile(images, "utf8"));
const session = await ort.InferenceSession.create(await readFile(model));
const feeds = { Features: new ort.Tensor("float32", Float32Array.from(pixels), shape) };
const { "Score.output": scores } = await session.run(feeds, ["Score.output"]);
const classes = scores.dims[1];
for (let row = 0; row < shape[0]; row++) {
    console.log(Array.from(scores.data.slice(row * classes, (row + 1) * classes)).join(" "));
}
