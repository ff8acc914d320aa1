import type { Plugin, Root } from 'postcss'

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * Gives custom properties short names, the most frequent ones first: `--ink-2` is `--c` in the page that is built. Their names
 * have 0.2 KB of it, compressed. Only style sheets use them (style-names.test.ts), so no script names them.
 */
export const styleNames: Plugin = {
  postcssPlugin: 'short names of custom properties',
  OnceExit: (root) => {
    const short = shortNames(root)
    const renamed = (text: string): string => text.replaceAll(/--[\w-]+/g, (name) => short.get(name) ?? name)
    root.walkDecls((declaration) => {
      declaration.prop = renamed(declaration.prop)
      declaration.value = renamed(declaration.value)
    })
  },
}

function shortNames(root: Root): ReadonlyMap<string, string> {
  const uses = new Map<string, number>()
  root.walkDecls(({ prop, value }) => {
    for (const [name] of `${prop}:${value}`.matchAll(/--[\w-]+/g)) uses.set(name, (uses.get(name) ?? 0) + 1)
  })
  const names = [...uses].sort(([, a], [, b]) => b - a).map(([name]) => name)
  return new Map(names.map((name, place) => [name, `--${letters[place] ?? `n${place}`}`]))
}
