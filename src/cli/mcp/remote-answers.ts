import type { Story } from '../../reading/story/story.js'
import { storyMarkdown } from '../../reading/story/story-markdown.js'
import { type Arguments, textOf } from '../command.js'
import { remote, remoteStory } from '../remote.js'
import { type Answers, sinceOf } from './answers.js'

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
      const story: Story | undefined = await remoteStory(given, id, false)
      const isOther = account !== undefined && story?.record !== undefined && story.record.account !== account
      return story === undefined || isOther ? undefined : storyMarkdown(story)
    },
    list: ({ last, limit = 20, ...filter }) =>
      get('/api/requests', { ...filter, from: sinceOf(last), limit: Math.min(100, limit) }),
    top: ({ by = 'account', last = '1h' }) => get(`/api/${by}s`, { span: last }),
    lines: ({ last, limit = 50, ...filter }) =>
      get('/api/logs', { ...filter, from: sinceOf(last), limit: Math.min(200, limit) }),
    health: () => service.get('/api/health'),
  }
}
