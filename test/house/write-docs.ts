// `npm run docs`: writes the parts of the documentation that are made from data.
import { writeFileSync } from "node:fs"
import { generated } from "./generated.js"

for (const { path, text } of generated()) {
  writeFileSync(path, text)
  console.log(`wrote ${path}`)
}
