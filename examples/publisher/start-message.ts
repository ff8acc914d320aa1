import { LOG_DIRECTORY, LOG_FILES, logs } from './logs.js'
import type { Publisher } from './publisher.js'

/** Says that the service runs: to people, or as one line of JSON where standard output is a stream of such lines. */
export function sayItRuns(publisher: Publisher): void {
  if (LOG_FILES !== undefined || process.stdout.isTTY) console.log(startMessage(publisher))
  else logs.root.info({ url: publisher.url, sites: publisher.sites.map(toldOf) }, 'listening')
}

/** Where things are, and lines to try. */
function startMessage({ url, sites }: Publisher): string {
  const siteLines = sites.map(
    (site) => `${site.account.padEnd(8)} ${site.url}${site.kind === 'sandbox' ? '  sandbox' : ''}`,
  )
  const follow = `
  Everything that request did:

    grep <its id> ${LOG_FILES}
`
  return `
  publisher 1.0.0

    Demo page   ${url}/
    Logs        ${LOG_FILES === undefined ? 'here, and in no file' : LOG_DIRECTORY}
    WordPress   ${siteLines.join('\n                ')}

  Publish a post, and look for X-Request-ID in the answer:

    curl -i ${url}/api/v1/publish -H 'Authorization: Bearer acme-admin' --json '{"title":"Hello","content":"First post"}'
${LOG_FILES === undefined ? '' : follow}
  What it cost: an admin or developer asks with one header, and reads the record back by its X-Resource-Tracking-ID

    curl -i '${url}/api/v1/work?cpuMs=50&waitMs=100' -H 'Authorization: Bearer acme-admin' -H 'X-Debug-Resource-Tracking: true'
    curl ${url}/_spoor/api/requests/<its tracking id> -H 'Authorization: Bearer acme-admin'
    curl '${url}/_spoor/api/requests?limit=5' -H 'Authorization: Bearer operator'

  A failure, whose answer bears the id too:

    curl -i '${url}/api/v1/fail?how=throw'
`
}

/** What may be known of a site: not its secret. */
function toldOf({ account, url, kind }: Publisher['sites'][number]): object {
  return { account, url, kind }
}
