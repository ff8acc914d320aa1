// npm start: the example service, on a fresh clone too.
import { buildExample, buildPackage, installPackages, orExit } from './prepare.mjs'

await orExit(async () => {
  await installPackages()
  await buildPackage()
  await buildExample()
})
// In this process, so that signals and the exit code are the service's own.
await import(new URL('../examples/publisher/dist/main.js', import.meta.url).href)
