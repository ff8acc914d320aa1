import { storyMarkdown } from '../../reading/story/story-markdown.js'
import { version } from '../../reading/version.js'
import { type Arguments, textOf } from '../command.js'
import { remote, remoteStory, remoteTotals } from '../remote.js'
import { type Answers, onlyForAll, sinceOf } from './answers.js'

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
    list: ({ last, limit = 20, ...filter }) =>
      get('/api/requests', { ...filter, from: sinceOf(last), limit: Math.min(100, limit) }),
    top: async ({ by = 'account', last = '1h' }) => {
      const totals = await remoteTotals(given, by, { span: last })
      if (totals === undefined)
        throw new Error('this service has no totals; spoor mcp --dir counts them from log files')
      return totals
    },
    lines: ({ last, limit = 50, ...filter }) =>
      get('/api/logs', { ...filter, from: sinceOf(last), limit: Math.min(200, limit) }),
    health: async () => (account === undefined ? service.get('/api/health') : { spoor: version, files: onlyForAll }),
  }
}
