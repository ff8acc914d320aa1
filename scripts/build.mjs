// npm run build: makes dist/ (and nothing if it is the sources' already).
import { buildPackage, installPackages, orExit } from './prepare.mjs'

await orExit(async () => {
  await installPackages()
  await buildPackage()
})
