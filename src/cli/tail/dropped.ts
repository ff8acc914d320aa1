import type { Output } from '../output.js'

/** Says that lines are missing, on the standard error. */
export function dropped(lines: number, output: Output): void {
  output.say(
    `${lines} ${lines === 1 ? 'line is' : 'lines are'} missing here: they came too fast, or their file was removed`,
  )
}
