// node scripts/map-stack.mjs < trace.txt: leads the places of a stack trace in dist/ to lines of the sources. Source maps are not
// published (docs/decisions/0167-what-the-package-leaves-out.md): check out the version that wrote the trace, and build it.
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { root } from './child.mjs'

const place = /[^\s(]*[\\/]spoor[\\/]dist[\\/]((?:cli[\\/])?[\w-]+\.c?js):(\d+):(\d+)/g

/** A stack trace with `src/spoor.ts:120` in place of `dist/core.cjs:812:5`. Other places stay as they are. */
export function mapped(trace) {
  return trace.replace(place, (found, file, line, column) => {
    const map = join(root, 'dist', `${file.replaceAll('\\', '/')}.map`)
    if (!existsSync(map)) return found
    const entry = new SourceMap(JSON.parse(readFileSync(map, 'utf8'))).findEntry(line - 1, column - 1)
    return 'originalSource' in entry
      ? `${entry.originalSource.replace(/^(?:\.\.\/)+/, '')}:${entry.originalLine + 1}`
      : found
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(mapped(await text(process.stdin)))
