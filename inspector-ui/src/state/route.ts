import { computed, signal } from './signal.js'

/** The views of the page, in the order of the bar. */
export const views = ['requests', 'cost', 'logs', 'health'] as const

export type View = (typeof views)[number]

/** What the fragment of the URL says: `#/requests?account=acme`, `#/requests/<id>?at=174`. */
export interface Route {
  readonly view: View
  /** Of a story. */
  readonly id?: string | undefined
  readonly query: URLSearchParams
}

/** Parameters that stay when the view changes. */
const lasting = ['process', 'account']

/** Reads a fragment. What is no view of the page is the first view. */
export function readRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#?\/?/, '').split('?', 2)
  const [name, encoded] = path.split('/', 2)
  const view = views.find((one) => one === name) ?? 'requests'
  const id = view === 'requests' && encoded ? decoded(encoded) : undefined
  return { view, id, query: new URLSearchParams(query) }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Writes a route as a fragment. */
export function fragmentOf(
  view: View,
  id?: string,
  query?: URLSearchParams | Readonly<Record<string, string>>,
): string {
  const text = new URLSearchParams(query ?? {}).toString()
  return `#/${view}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${text === '' ? '' : `?${text}`}`
}

const fragment = signal(location.hash)
addEventListener('hashchange', () => {
  fragment.value = location.hash
})

/** The route that the page shows. */
export const route = computed(() => readRoute(fragment.value))

/** The address of another view; the chosen process and account stay. */
export function linkTo(view: View, more: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams()
  for (const name of lasting) {
    const value = route.value.query.get(name)
    if (value !== null) query.set(name, value)
  }
  for (const [name, value] of Object.entries(more)) {
    if (value === undefined) query.delete(name)
    else query.set(name, value)
  }
  return fragmentOf(view, undefined, query)
}

/** The address of the story of an id. */
export function linkToStory(id: string): string {
  return fragmentOf('requests', id)
}

/** Goes to an address of this page. */
export function go(address: string): void {
  location.hash = address
}

/** Sets parameters of the shown route; undefined removes one. The history gets no entry. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { view, id, query } = route.value
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value)
  }
  history.replaceState(null, '', fragmentOf(view, id, next))
  fragment.value = location.hash
}
