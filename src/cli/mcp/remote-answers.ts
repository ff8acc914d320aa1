import { recordWithin, type ShownLine } from '../../reading/story/story.js'
import { storyMarkdown } from '../../reading/story/story-markdown.js'
import { spanMs } from '../../reading/usage.js'
import { version } from '../../reading/version.js'
import type { StoredRecord } from '../../records/record.js'
import { type Arguments, textOf } from '../command.js'
import { remote, remoteStory, remoteTotals } from '../remote.js'
import { type Answers, onlyForAll, sinceOf } from './answers.js'

const spans = Object.keys(spanMs)
  .join(', ')
  .replace(/, (?=\w+$)/, ' or ')

/** Answers from a running service, within the rights of its token. */
export function remoteAnswers(given: Arguments): Answers {
  const service = remote(given)
  const account = textOf(given, 'account')
  const get = (path: string, asked: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries({ ...asked, ...(account === undefined ? {} : { account }) }))
      if (value !== undefined) query.set(name, String(value))
    return service.get(`${path}?${query}`)
  }
  return {
    find: async (id) => {
      const story = await remoteStory(given, id, false)
      return story && storyMarkdown(story)
    },
    list: async ({ last, limit = 20, ...filter }) => {
      const asked = { ...filter, from: sinceOf(last), limit: Math.min(100, limit) }
      const page = (await get('/api/requests', asked)) as { items: StoredRecord[] } | undefined
      if (page === undefined || account === undefined) return page
      return { ...page, items: page.items.flatMap((item) => recordWithin(item, account) ?? []) }
    },
    top: async ({ by = 'account', last = '1h' }) => {
      if (!Object.hasOwn(spanMs, last)) throw new Error(`last: expected ${spans} for a running service, got ${last}`)
      const totals = await remoteTotals(given, by, { span: last })
      if (totals === undefined)
        throw new Error('this service has no totals; spoor mcp --dir counts them from log files')
      return totals
    },
    lines: async ({ last, limit = 50, ...filter }) => {
      const asked = { ...filter, from: sinceOf(last), limit: Math.min(200, limit) }
      const page = (await get('/api/logs', asked)) as { items: ShownLine[] } | undefined
      if (page === undefined || account === undefined) return page
      // The account of such a request was changed while it ran: only readers of everything see its line.
      return { ...page, items: page.items.filter(({ fields }) => fields?.['accountSwitched'] !== true) }
    },
    health: async () => (account === undefined ? service.get('/api/health') : { spoor: version, files: onlyForAll }),
  }
}
