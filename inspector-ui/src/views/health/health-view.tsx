import type { VNode } from 'preact'
import { session } from '../../api/session.js'
import { seconds } from '../../format/times.js'
import { Failure, reasonOf } from '../../parts/failure.js'
import { Loading } from '../../parts/loading.js'
import type { CpuAccounting, Health } from '../../protocol.js'
import { Dependencies } from './dependencies.js'
import { ContextFacts, OverheadFacts, RecordsFacts, ThreadFacts } from './facts.js'
import { HealthAnswer } from './health-answer.js'
import { Outputs } from './outputs.js'
import { Processes } from './processes.js'
import { useHealth, useHourOfAccounting } from './use-health.js'
import { VitalSigns } from './vital-signs.js'

/** The view Health: what is wrong, and the state of Spoor itself. For readers of everything. */
export function HealthView(): VNode {
  if (session.value?.read !== 'all') return <NotForYou />
  return <HealthOfAll />
}

function NotForYou(): VNode {
  return (
    <section class="state">
      <h1>Health is for readers of everything</h1>
      <p>You see the work for one account. The state of the whole service would tell of others.</p>
    </section>
  )
}

function HealthOfAll(): VNode {
  const { data, error, at, reload } = useHealth()
  const accounting = useHourOfAccounting()
  if (data === undefined) {
    if (error === undefined) return <Loading />
    return (
      <>
        <h1 class="sr">Health</h1>
        <Failure what="Health" error={error} retry={reload} />
      </>
    )
  }
  return (
    <div class="health">
      <HealthAnswer health={data} />
      {error !== undefined && at !== undefined && (
        <p class="warn-ink">
          ▲ As of {seconds(at)}. {reasonOf(error)}
        </p>
      )}
      <Sections health={data} accounting={accounting} />
    </div>
  )
}

function Sections({ health, accounting }: { health: Health; accounting: CpuAccounting | undefined }): VNode {
  return (
    <>
      <VitalSigns vitals={health.vitals} />
      <Processes health={health} accounting={accounting} />
      <Dependencies />
      <div class="two">
        <Outputs outputs={health.outputs} files={health.files} />
        <ThreadFacts health={health} />
      </div>
      <div class="three">
        <RecordsFacts records={health.records} />
        <ContextFacts context={health.context} queries={health.queries} />
        <OverheadFacts tracking={health.tracking} accounting={accounting} />
      </div>
    </>
  )
}
