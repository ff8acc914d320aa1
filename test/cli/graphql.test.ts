// The command line names GraphQL operations.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSpoor } from 'spoor'
import { spoorGraphql } from 'spoor/graphql'
import { spoorNode } from 'spoor/node'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { logsIn } from '../conformance/service.js'
import { build, objects, spoor as run } from './command-line.js'

const operation = { kind: 'OperationDefinition', operation: 'query', name: { value: 'Posts' } }

beforeAll(build)

test('spoor top and spoor find name the operation of a GraphQL request', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'spoor-graphql-'))
  const logs = logsIn(directory)
  const spoor = createSpoor({ service: 'test', logs })
  const handler = spoorNode(spoor, {
    account: () => ({ account: 'acme' }),
    handler: (request, response) => {
      spoorGraphql.onOperation(request, { document: { definitions: [operation] } })
      response.end('{}')
    },
  })
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, {
    method: 'POST',
  })
  server.closeAllConnections()
  server.close()
  await spoor.close()
  await logs.close()
  const top = await run(['top', '--by', 'route', '--json', '--dir', directory])
  expect(objects(top.out)).toMatchObject([{ route: 'POST /graphql query Posts', requests: 1 }])
  const found = await run(['find', `${headers.get('x-request-id')}`, '--dir', directory])
  expect(found.out).toContain('POST /graphql query Posts 200')
  const listed = await run(['find', '--account', 'acme', '--dir', directory])
  expect(listed.out).toContain('POST /graphql query Posts')
})
