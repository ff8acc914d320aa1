// npm run start:two: two processes of the example service behind a balancer, on a fresh clone too.
import { buildExample, buildPackage, installPackages, orExit } from './prepare.mjs'

await orExit(async () => {
  await installPackages()
  await buildPackage()
  await buildExample()
})
// In this process, so that signals and the exit code are those of the service.
await import(new URL('../examples/publisher/dist/two/main.js', import.meta.url).href)
