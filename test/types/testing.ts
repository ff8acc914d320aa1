// What the compiler promises about captures and expectations of tests.
import { defineLogs, type Logs, memoryRecords } from 'spoor'
import {
  type Capture,
  type CapturedLine,
  captureSpoor,
  expectRequest,
  secretsStayOut,
  testHandler,
  testRecordStore,
} from 'spoor/testing'

const captured = await captureSpoor({ loggers: { billing: { level: 'debug' }, audit: { file: 'audit.log' } } })
const typed: Capture<'billing' | 'audit'> = captured
const logs: Logs<'billing' | 'audit'> = typed.logs
logs.get('billing').info('paid')
logs.get('requests').info('built in')
// @ts-expect-error a typo does not compile
captured.logs.get('biling')
// @ts-expect-error a logger that the capture does not have
await captureSpoor({ loggers: { billing: {} }, outgoing: [{ host: 'a.example', logger: 'audit' }] })
await captureSpoor({ loggers: { billing: {} }, outgoing: [{ host: 'a.example', logger: 'billing' }] })
// @ts-expect-error a level is a text
await captureSpoor({ loggers: { billing: { level: 30 } } })

const none = await captureSpoor()
// @ts-expect-error no logger was named
none.logs.get('billing')

const existing = await captureSpoor({ logs: defineLogs({ loggers: { webhooks: {} } }) })
existing.logs.get('webhooks')
// @ts-expect-error a name of other logs
existing.logs.get('billing')

const line: CapturedLine | undefined = captured.lines()[0]
const account: string | undefined = line?.account
void account
const cpu: number | undefined = captured.records()[0]?.cpu?.ms
void cpu

const { record } = await expectRequest(new Response())
  .cpuBelow(50)
  .queriesAtMost(3)
  .loggedNothingLike(/password/)
void record?.queries?.calls
await expectRequest('an id').callsAtMost(2).noRepeatedQueries()
// @ts-expect-error neither a response nor an id
expectRequest(7)
secretsStayOut('a canary', { capture: captured })
const { passed }: { readonly passed: readonly string[] } = await testRecordStore(memoryRecords)
void passed
// @ts-expect-error the kit must see what was written
await testHandler(() => ({ handler: { write() {}, async flush() {}, async close() {} } }))
