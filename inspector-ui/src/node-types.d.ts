// The protocol's types lead to sources of Spoor that use Node's `performance`, which is not the browser's.
interface Performance {
  readonly nodeTiming: import('node:perf_hooks').PerformanceNodeTiming
  eventLoopUtilization: import('node:perf_hooks').Performance['eventLoopUtilization']
}
