import { LOG_CLICKHOUSE, LOG_DIRECTORY, LOG_FILES, logs } from './logs.js'
import type { Publisher } from './publisher.js'
import type { Site } from './sites.js'

/** What is said of a running service. */
export interface Running extends Pick<Publisher, 'url' | 'database'> {
  sites: Pick<Site, 'account' | 'url' | 'kind'>[]
  /** The processes behind a balancer, by their names in the inspector, and their Redis. */
  processes?: { name: string }[]
  redis?: string
}

/** Announces the running service: as text for people, or as a line of JSON if standard output is a stream of them. */
export function sayItRuns(running: Running): void {
  if (LOG_FILES !== undefined || process.stdout.isTTY) console.log(startMessage(running))
  else {
    const { url, database, sites, redis, processes } = running
    const names = processes?.map(({ name }) => name)
    logs.root.info({ url, database, sites: sites.map(toldOf), redis, processes: names }, 'listening')
  }
}

/** The addresses, and commands to try. */
function startMessage({ url, sites, database, redis, processes }: Running): string {
  const siteLines = sites.map(
    (site) => `${site.account.padEnd(8)} ${site.url}${site.kind === 'sandbox' ? '  sandbox' : ''}`,
  )
  const shared = processes === undefined ? '' : sharedLines(processes, redis)
  return `
  publisher 1.0.0

    Demo page   ${url}/
    Inspector   ${url}/_spoor/   (token: operator)
    Logs        ${placeOfLogs()}
    Database    ${database}
    WordPress   ${siteLines.join('\n                ')}
${shared}
  Publish a post. Its response has X-Request-ID:

    curl -i ${url}/api/v1/publish -H 'Authorization: Bearer acme-admin' --json '{"title":"Hello","content":"First post"}'
${howToFind()}
  See what a request cost, as an admin or developer. The response has X-Resource-Tracking-ID, the id of its record:

    curl -i '${url}/api/v1/work?cpuMs=50&waitMs=100' -H 'Authorization: Bearer acme-admin' -H 'X-Debug-Resource-Tracking: true'
    curl ${url}/_spoor/api/requests/<its tracking id> -H 'Authorization: Bearer acme-admin'
    curl '${url}/_spoor/api/requests?limit=5' -H 'Authorization: Bearer operator'

  See an N+1. Publish six posts, then list them with a query for each. The record's summary has the repeated query:

    curl '${url}/api/v1/publish?[1-6]' -H 'Authorization: Bearer acme-admin' --json '{"title":"Hello","content":"Again"}'
    curl -i '${url}/api/v1/posts?naive=1' -H 'Authorization: Bearer acme-admin' -H 'X-Debug-Resource-Tracking: true'

  See who uses the server. Export as globex, or press Export on the demo page. The answer's summary names globex:

    curl -X POST '${url}/api/v1/export?ms=300' -H 'Authorization: Bearer globex-user'
    curl '${url}/_spoor/api/accounts?span=10m&by=cpu' -H 'Authorization: Bearer operator'

  Cause a failure. Its response has the id too:

    curl -i '${url}/api/v1/fail?how=throw'
`
}

function placeOfLogs(): string {
  if (LOG_CLICKHOUSE !== undefined) return `ClickHouse at ${LOG_CLICKHOUSE}`
  return LOG_FILES === undefined ? 'here (files are off)' : LOG_DIRECTORY
}

/** The command that finds the lines of a request. Lines on standard output alone cannot be searched. */
function howToFind(): string {
  if (LOG_CLICKHOUSE !== undefined)
    return `
  Find everything that the request did. The password is taken from SPOOR_CLICKHOUSE_PASSWORD:

    npx spoor find <its id> --clickhouse ${LOG_CLICKHOUSE}
`
  if (LOG_FILES === undefined) return ''
  return `
  Find everything that the request did:

    npx spoor find <its id> --dir ${LOG_FILES.replace(/\/\*$/, '')}
    grep <its id> ${LOG_FILES}
`
}

/** What two processes have in common, and how to see that one is gone. */
function sharedLines(processes: { name: string }[], redis = ''): string {
  const names = processes.map(({ name }) => name)
  return `    Redis       ${redis}
    Processes   ${names.join('\n                ')}

  X-Served-By in a response names the process that answered. Kill one, and see it lost in the inspector's health:

    kill -9 ${names[0]?.split(':').at(-1)}
`
}

/** The public facts of a site, without its secret. */
function toldOf({ account, url, kind }: Running['sites'][number]): object {
  return { account, url, kind }
}
