// Spoor's metrics in a real Prometheus, which scrapes the SDK's exporter: the names that queries use. This exporter adds no unit to them.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createPort } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { createSpoor, defineLogs } from 'spoor'
import { spoorNode } from 'spoor/node'
import { withOpenTelemetry } from 'spoor/otel'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { available } from './services.js'

describe.skipIf(!available('prometheus'))('Prometheus', () => {
  test('has the durations by route in seconds, a quantile of them, and the CPU by account', async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true })
    const sdk = new NodeSDK({ serviceName: 'publisher', metricReaders: [exporter], traceExporter: noSpans })
    sdk.start()
    onTestFinished(() => sdk.shutdown())
    const logs = defineLogs({ files: false, root: { console: false }, loggers: { requests: { console: false } } })
    const spoor = createSpoor({ service: 'publisher', logs, tracking: { mode: 'all' } })
    onTestFinished(() => spoor.close())
    withOpenTelemetry(spoor)
    const serving = spoorNode(spoor, {
      account: () => ({ account: 'acme' }),
      handler: (_, response) => setTimeout(() => response.end('x'), 30),
    })
    const server = createServer((request, response) =>
      request.url === '/metrics' ? exporter.getMetricsRequestHandler(request, response) : serving(request, response),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo
    for (let at = 0; at < 5; at++) await (await fetch(`http://127.0.0.1:${port}/posts/${at}`)).text()

    const prometheus = await startPrometheus(port)
    const counts =
      'http_server_request_duration_count{http_request_method="GET",http_response_status_code="200",url_scheme="http"}'
    await vi.waitFor(async () => expect(await prometheus.ask(counts)).toBe(5), { timeout: 60_000, interval: 250 })
    const median = await prometheus.ask(`histogram_quantile(0.5, http_server_request_duration_bucket)`)
    expect(median).toBeGreaterThan(0.025)
    expect(median).toBeLessThan(1)
    expect(await prometheus.ask('spoor_request_cpu_time_total{account_id="acme"}')).toBeGreaterThan(0)
  })
})

/** Spans are not what this test is about. */
const noSpans = {
  export: (_: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
  shutdown: async () => {},
}

/** Starts a Prometheus that scrapes the port each second. */
async function startPrometheus(target: number): Promise<{ ask(query: string): Promise<number | undefined> }> {
  const folder = await mkdtemp(join(tmpdir(), 'spoor-prometheus-'))
  const config = `
global: { scrape_interval: 1s }
scrape_configs:
  - { job_name: publisher, static_configs: [{ targets: ['127.0.0.1:${target}'] }] }
`
  await writeFile(join(folder, 'prometheus.yml'), config)
  const port = await freePort()
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const child = spawn('prometheus', args, { stdio: 'ignore' })
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  return {
    ask: async (query) => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`)
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
      const [first] = data.result
      return first && Number(first.value[1])
    },
  }
}

async function freePort(): Promise<number> {
  const server = createPort()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
