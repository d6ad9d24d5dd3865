// Reads one case per line from standard input and writes one decision per line: Allowed, ImplicitlyDenied or
// ExplicitlyDenied.
//
// The engine is called below the package's entry points: runSimulation refuses actions and context keys that AWS does
// not have, and runUnsafeSimulation knows no session policies and fails on resource policies without a name.
import { createInterface } from 'node:readline'
import { loadPolicy } from '@cloud-copilot/iam-policy'

const engine = './node_modules/@cloud-copilot/iam-simulate/dist/esm/'
const { authorize } = await import(engine + 'core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await import(engine + 'request/request.js')
const { RequestContextImpl } = await import(engine + 'requestContext.js')
const { DiscoveryContextKeyConstraints } = await import(engine + 'context_keys/discoveryContextKeyConstraints.js')

const load = (policy, name) => (policy ? loadPolicy(policy, { name }) : undefined)
const loadAll = (policies) => policies.map((policy, i) => load(policy, `p${i}`))
const levels = (list) => list.map((policies, i) => ({ orgIdentifier: `level${i}`, policies: loadAll(policies) }))

function decide(c) {
  const context = new RequestContextImpl(c.context)
  const resource = { resource: c.resource, accountId: c.resourceAccount }
  return authorize({
    request: new AwsRequestImpl(c.principal, resource, c.action, context),
    sessionPolicy: load(c.session, 'session'),
    identityPolicies: loadAll(c.identity),
    serviceControlPolicies: levels(c.scps),
    resourceControlPolicies: [],
    resourcePolicy: load(c.resourcePolicy, 'resource'),
    permissionBoundaries: c.boundary ? loadAll([c.boundary]) : undefined,
    vpcEndpointPolicies: undefined,
    simulationParameters: {
      simulationMode: 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([])
    },
    serviceSettings: {}
  }).result
}

const out = []
for await (const line of createInterface({ input: process.stdin })) {
  try {
    out.push(JSON.stringify({ result: decide(JSON.parse(line)) }))
  } catch (e) {
    out.push(JSON.stringify({ error: String(e.stack) }))
  }
}
process.stdout.write(out.join('\n') + '\n')
