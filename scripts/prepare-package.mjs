// npm's `prepare`: makes dist/ for an install from git, and after `npm ci` here. It installs nothing itself, because npm
// runs it during an install, and does nothing where the compilers are left out (`npm ci --omit=dev`).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './child.mjs'
import { buildPackage, orExit } from './prepare.mjs'

const compilers = ['typescript', 'rollup', 'rollup-plugin-dts', '@typescript/typescript6', 'uuid']
const isThere = (name) => existsSync(join(root, 'node_modules', name))

if (compilers.every(isThere)) await orExit(buildPackage)
else console.error('spoor: dist/ is not built, because the development dependencies are not installed')
