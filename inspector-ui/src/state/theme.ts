import { signal, watch } from './signal.js'

export type Theme = 'light' | 'dark'

const key = 'spoor.theme'

/** The theme that the reader chose; undefined: that of their system. */
export const theme = signal<Theme | undefined>(stored())

function stored(): Theme | undefined {
  const value = storage(() => localStorage.getItem(key))
  return value === 'light' || value === 'dark' ? value : undefined
}

/** Shows the chosen theme. Called once, before the first paint. */
export function showTheme(): void {
  watch(theme, (value) => {
    if (value === undefined) delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = value
  })
}

/** Changes from dark to light, or back. */
export function toggleTheme(): void {
  const dark = theme.value === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : theme.value === 'dark'
  const next = dark ? 'light' : 'dark'
  theme.value = next
  storage(() => localStorage.setItem(key, next))
}

/** A browser may refuse storage to a page. */
export function storage<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}
