import { basename } from 'node:path'
import type { ChildNode, Plugin, Rule } from 'postcss'

const views: ReadonlySet<string> = new Set(['requests', 'story', 'cost', 'logs', 'health'])

/**
 * Each view's style sheet applies to its view alone: the rules of story.css are nested in `.of-story`. Keyframes, and selectors
 * that begin with an element of the frame (`#app`, `main`), stay as they are; such a selector has a block of its own.
 */
export const styleScope: Plugin = {
  postcssPlugin: 'style sheets of views',
  OnceExit: (root, { rule }) => {
    let scope: Rule | undefined
    for (const node of [...root.nodes]) {
      const view = basename(node.source?.input.file ?? '', '.css')
      if (!views.has(view) || isOfFrame(node)) {
        scope = undefined
        continue
      }
      const selector = `.of-${view}`
      if (scope?.selector !== selector) {
        scope = rule({ selector })
        node.before(scope)
      }
      scope.append(node)
    }
  },
}

function isOfFrame(node: ChildNode): boolean {
  if (node.type === 'rule') return /^(?:#app|main)/.test(node.selector)
  return node.type === 'atrule' && (node.name.endsWith('keyframes') || node.nodes?.every(isOfFrame) === true)
}
