// What the compiler promises about the inspector.
import { createSpoor, type InspectorOptions, type Logs } from 'spoor'
import { spoorExpress } from 'spoor/express'
import { spoorNode } from 'spoor/node'

declare const logs: Logs<'a'>

const inspector: InspectorOptions = {
  authorize: ({ account, user, roles }, request) => {
    const names: (string | undefined)[] = [account, user, request.header('x-team'), request.remoteAddress]
    return names.includes('root') ? 'all' : roles.includes('admin') && 'account'
  },
  hosts: ['localhost'],
  origins: ['https://app.example'],
}
const spoor = createSpoor({ service: 'test', logs, inspector })
spoorExpress(spoor).inspector satisfies (...args: never[]) => unknown
spoorNode(spoor, { handler: () => {}, inspector: '/_spoor' })
createSpoor({ service: 'test', logs, inspector: { authorize: () => ({ read: 'account', internals: true }) } })

// @ts-expect-error a reader of everything sees internals anyway
createSpoor({ service: 'test', logs, inspector: { authorize: () => ({ read: 'all', internals: true }) } })
// @ts-expect-error who may read is always said
createSpoor({ service: 'test', logs, inspector: {} })
// @ts-expect-error a promise is not an answer
createSpoor({ service: 'test', logs, inspector: { authorize: async () => 'all' } })
// @ts-expect-error true is not an answer
createSpoor({ service: 'test', logs, inspector: { authorize: () => true } })
// @ts-expect-error the callback must not change the roles
createSpoor({ service: 'test', logs, inspector: { authorize: ({ roles }) => roles.push('operator') && 'all' } })
// @ts-expect-error where it is mounted is a path
spoorNode(spoor, { handler: () => {}, inspector: true })
