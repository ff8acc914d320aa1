// The services of docs/frameworks/hono.md and koa.md answer and log as the pages say.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blocksOf } from './docs/blocks.js'
import { linesOf, temporaryFolder } from './programs/folder.js'
import { runProgram } from './programs/program.js'

interface Answer {
  readonly id: string
  readonly body: string
}

/** The requests of a page: each line `curl URL -H 'NAME: VALUE'`. */
function requestsOf(page: string): object[] {
  const code = blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .map((block) => block.code)
    .join('')
  return [...code.matchAll(/^curl http:\/\/localhost:3000(\S+)(?: -H '(.+): (.+)')?$/gm)].map(
    ([, path, name, value]) => ({ path, headers: name === undefined ? {} : { [name]: value } }),
  )
}

/** Runs the programs of a page as one, sends its requests, and stops it. */
async function run(page: string): Promise<{ answers: Answer[]; printed: string[]; cwd: string }> {
  const blocks = blocksOf(page).filter(({ language }) => language === 'js')
  const code = blocks
    .map((block) => block.code)
    .join('\n')
    .replace(/port: 3000|listen\(3000\)/, (port) => port.replace('3000', '0'))
    .replace(/'spoor\/(\w+)'/g, "'spoor/adapters/$1/$1.js'")
  const asks = `
    if (!server.listening) await new Promise((listening) => server.once('listening', listening))
    const answers = []
    for (const { path, headers } of ${JSON.stringify(requestsOf(page))}) {
      const answer = await fetch('http://127.0.0.1:' + server.address().port + path, { headers })
      answers.push({ id: answer.headers.get('x-request-id'), body: await answer.text() })
    }
    process.stdout.write('\\nanswers ' + JSON.stringify(answers) + '\\n')
    process.kill(process.pid, 'SIGTERM')
  `
  const cwd = temporaryFolder()
  const { stdout, stderr, code: exit } = await runProgram(code + asks, { cwd })
  expect([stderr, exit]).toEqual(['', 0])
  const answers = JSON.parse(/^answers (.*)$/m.exec(stdout)?.[1] ?? '[]') as Answer[]
  return { answers, printed: stdout.split('\n'), cwd }
}

const withoutId = (text: string): string => text.replace(/"requestId":"[^"]+"/, '"requestId":"ID"')

describe.each(['docs/frameworks/hono.md', 'docs/frameworks/koa.md'])('the service of %s', (page) => {
  test('answers and logs as the page says', async () => {
    const { answers, printed, cwd } = await run(page)
    const [bodies = '', ...printedOnPage] = blocksOf(page)
      .filter(({ language }) => language === 'text')
      .map(({ code }) => code.trimEnd())
    expect(answers.map(({ body }) => withoutId(body))).toEqual(bodies.split('\n').map(withoutId))
    for (const { id, body } of answers) expect(JSON.parse(body)).toMatchObject({ requestId: id })
    for (const line of printedOnPage) expect(printed).toContain(line)
    const id = answers[0]?.id
    expect(linesOf(cwd, join('logs', 'posts.log')).filter((line) => line.includes(`"requestId":"${id}"`))).toEqual([
      expect.stringMatching(/read \{.*"account":"acme".*"post":"7"\}$/),
    ])
    const lines = linesOf(cwd, join('logs', 'requests.jsonl')).map((line) => JSON.parse(line))
    const ofRequests = lines.filter(
      ({ kind, requestId }) => kind === 'request' && answers.some((one) => one.id === requestId),
    )
    expect(ofRequests.map(({ path, route, status }) => [path, route, status])).toEqual([
      ['/posts/7', '/posts/:id', 200],
      ['/posts/0', '/posts/:id', 404],
      ['/nowhere', undefined, 404],
    ])
  })
})
