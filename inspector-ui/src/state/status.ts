import { signal } from './signal.js'

/** What the one polite status line says: what was copied, how many lines wait. */
export const status = signal('')

let clearing: ReturnType<typeof setTimeout> | undefined

/** Says a text in the status line for 5 s. */
export function say(text: string): void {
  status.value = text
  clearTimeout(clearing)
  clearing = setTimeout(() => {
    status.value = ''
  }, 5_000)
}

/** Copies a text and says so. @returns false if the browser refused it */
export async function copy(text: string, said: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    say(said)
    return true
  } catch {
    // Without https, or where the browser asks and the reader refuses, only this old way is left.
    const done = copyBySelection(text)
    say(done ? said : 'The browser refused to copy')
    return done
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'sr'
  document.body.append(area)
  const before = document.activeElement
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (before instanceof HTMLElement) before.focus()
  return done
}
