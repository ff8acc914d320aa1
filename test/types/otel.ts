// What the compiler promises about spoor/otel.
import type { Spoor } from 'spoor'
import { type OpenTelemetryOptions, withOpenTelemetry } from 'spoor/otel'

declare const spoor: Spoor

const stop: () => void = withOpenTelemetry(spoor)
const options: OpenTelemetryOptions = { metrics: false, logs: true }
withOpenTelemetry(spoor, options)
withOpenTelemetry(spoor, { metrics: undefined })
stop()

// @ts-expect-error the Spoor is missing
withOpenTelemetry()
// @ts-expect-error the Spoor is missing
withOpenTelemetry({ metrics: true })
// @ts-expect-error an option that does not exist
withOpenTelemetry(spoor, { traces: true })
// @ts-expect-error a provider is registered with OpenTelemetry, and not passed here
withOpenTelemetry(spoor, { metrics: {} })
