import { hasColours, painted, unpainted } from './colours.js'
import type { Screen } from './pretty.js'

// Some terminals report 0 columns. A smaller number than this is a mistake.
const minColumns = 8

/** Standard output as a screen. Its width is read at each entry: it changes when the window does. */
export function standardOutput(isTerminal: boolean): Screen {
  return {
    paint: hasColours(isTerminal) ? painted : unpainted,
    columns() {
      if (!isTerminal) return undefined
      const { columns } = process.stdout
      return columns >= minColumns ? columns : undefined
    },
  }
}
