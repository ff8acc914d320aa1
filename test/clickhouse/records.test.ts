// The promises of a record store, kept by a real ClickHouse. Left out, by name, where it is not installed.
import { type ClickHouseClient, clickhouseRecords } from 'spoor/clickhouse'
import { describe } from 'vitest'
import { hasChdb } from '../chdb/chdb.js'
import { cases } from '../records/cases.js'
import { storeConformance } from '../records/suite.js'
import { serveChdb } from './setup.js'

describe.skipIf(!hasChdb)('in ClickHouse', () => {
  const served = serveChdb()
  storeConformance(
    {
      name: 'clickhouseRecords',
      lacks: {
        'removes the first records when it is full': 'the server has no bound but its disk',
        'keeps no record longer because': 'rows end by the day',
        'ignores late figures of a removed record': 'rows end by the day',
        'counts a record that is too large': 'the server has no bound but its disk',
        'keeps a record for its time and no longer': 'rows end by the day',
      },
      async open() {
        const client = served.client as unknown as ClickHouseClient
        const store = clickhouseRecords({ client, database: await served.database() })
        return { store, pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }
      },
    },
    cases,
  )
})
