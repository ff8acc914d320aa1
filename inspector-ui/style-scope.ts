import { basename } from 'node:path'
import type { Plugin, Rule } from 'postcss'

const views: ReadonlySet<string> = new Set(['requests', 'story', 'cost', 'logs', 'health'])

/**
 * Each view's style sheet applies to its view alone: `.answer` in story.css becomes `.of-story .answer`. Selectors that begin
 * with an element of the frame (`#app`, `main`) stay as they are.
 */
export const styleScope: Plugin = {
  postcssPlugin: 'style sheets of views',
  Once: (root) => {
    root.walkRules((rule) => {
      const view = basename(rule.source?.input.file ?? '', '.css')
      if (!views.has(view) || isOfKeyframes(rule)) return
      rule.selectors = rule.selectors.map((selector) =>
        /^(?:#app|main)/.test(selector) ? selector : `.of-${view} ${selector}`,
      )
    })
  },
}

function isOfKeyframes({ parent }: Rule): boolean {
  return parent?.type === 'atrule' && 'name' in parent && String(parent.name).endsWith('keyframes')
}
