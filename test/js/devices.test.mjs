// Devices by amazon-cognito-identity-js: confirmed at the first sign-in,
// remembered at the next ones, forgotten; and by the JavaScript SDK.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js'
import { AdminForgetDeviceCommand, AdminGetDeviceCommand, AdminListDevicesCommand, InitiateAuthCommand, UpdateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider'
import { createPool, createUser, endpoint, password, refused, userPools } from './setup.mjs'

// memory is a Storage of one browser.
const memory = () => {
  const items = new Map()
  return { setItem: (k, v) => items.set(k, v), getItem: k => items.get(k) ?? null, removeItem: k => items.delete(k), clear: () => items.clear(), items }
}

// recorded wraps fetch so that the challenges of a sign-in can be seen.
async function recorded (f) {
  const seen = []
  const real = globalThis.fetch
  globalThis.fetch = async (url, init) => {
    const res = await real(url, init)
    const target = new Headers(init?.headers).get('x-amz-target')?.split('.')[1]
    const body = JSON.parse(await res.clone().text() || '{}')
    seen.push(body.ChallengeName ?? (res.ok ? target : `${target}: ${body.__type}`))
    return res
  }
  try {
    return { result: await f(), seen }
  } finally {
    globalThis.fetch = real
  }
}

// world is a pool that tracks devices, with a user.
async function world (DeviceConfiguration) {
  const ids = await createPool()
  await userPools.send(new UpdateUserPoolCommand({ UserPoolId: ids.poolId, AutoVerifiedAttributes: ['email'], DeviceConfiguration }))
  const { username } = await createUser(ids)
  const browser = memory()
  const pool = new CognitoUserPool({ UserPoolId: ids.poolId, ClientId: ids.clientId, endpoint, Storage: browser })
  return { ids, username, browser, user: () => new CognitoUser({ Username: username, Pool: pool, Storage: browser }) }
}

// authenticate resolves with the session and whether the user is to be asked.
const authenticate = (user, name) => recorded(() => new Promise((resolve, reject) => {
  user.authenticateUser(new AuthenticationDetails({ Username: name, Password: password }), {
    onSuccess: (session, confirm) => resolve({ session, confirm }), onFailure: reject,
  })
}))

const done = f => new Promise((resolve, reject) => f({ onSuccess: resolve, onFailure: reject }))
const called = f => new Promise((resolve, reject) => f((err, result) => err ? reject(err) : resolve(result)))

const deviceKey = session => session.getAccessToken().decodePayload().device_key
const adminGet = ({ ids, username }, DeviceKey) => userPools.send(new AdminGetDeviceCommand({ UserPoolId: ids.poolId, Username: username, DeviceKey }))
const attributes = device => Object.fromEntries(device.DeviceAttributes.map(a => [a.Name, a.Value]))

test('a device is confirmed, remembered, refreshed and forgotten', async () => {
  const w = await world({ ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false })
  const first = await authenticate(w.user(), w.username)
  assert.deepEqual(first.seen, ['PASSWORD_VERIFIER', 'RespondToAuthChallenge', 'ConfirmDevice'])
  const key = deviceKey(first.result.session)
  assert.match(key, /^ap-northeast-1_[0-9a-f-]{36}$/)
  assert.equal(first.result.confirm, undefined)
  assert.equal(attributes((await adminGet(w, key)).Device)['dev:device_remembered_status'], 'remembered')

  const user = w.user()
  const second = await authenticate(user, w.username)
  assert.deepEqual(second.seen, ['PASSWORD_VERIFIER', 'DEVICE_SRP_AUTH', 'DEVICE_PASSWORD_VERIFIER', 'RespondToAuthChallenge'])
  assert.equal(deviceKey(second.result.session), key)

  const fresh = await called(cb => user.refreshSession(second.result.session.getRefreshToken(), cb))
  assert.equal(deviceKey(fresh), key)
  const own = await done(cb => user.getDevice(cb))
  assert.equal(own.Device.DeviceKey, key)
  const { Devices } = await done(cb => user.listDevices(10, null, cb))
  assert.deepEqual(Devices.map(d => d.DeviceKey), [key])

  assert.equal(await done(cb => user.forgetDevice(cb)), 'SUCCESS')
  await assert.rejects(adminGet(w, key), refused('ResourceNotFoundException', 'Device does not exist.'))
  await assert.rejects(userPools.send(new InitiateAuthCommand({
    ClientId: w.ids.clientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN: second.result.session.getRefreshToken().getToken(), DEVICE_KEY: key },
  })), refused('NotAuthorizedException', 'Invalid Refresh Token.'))
  const third = await authenticate(w.user(), w.username)
  assert.notEqual(deviceKey(third.result.session), key)
})

test('a device that an administrator forgot is replaced in the same sign-in', async () => {
  const w = await world({ ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false })
  const key = deviceKey((await authenticate(w.user(), w.username)).result.session)
  await userPools.send(new AdminForgetDeviceCommand({ UserPoolId: w.ids.poolId, Username: w.username, DeviceKey: key }))
  const again = await authenticate(w.user(), w.username)
  assert.deepEqual(again.seen, ['PASSWORD_VERIFIER', 'RespondToAuthChallenge: ResourceNotFoundException', 'RespondToAuthChallenge', 'ConfirmDevice'])
  assert.notEqual(deviceKey(again.result.session), key)
})

test('the user is asked whether to remember the device', async () => {
  const w = await world({ ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true })
  const user = w.user()
  const first = await authenticate(user, w.username)
  assert.equal(first.result.confirm, true)
  const key = deviceKey(first.result.session)
  const status = async () => attributes((await adminGet(w, key)).Device)['dev:device_remembered_status']
  assert.equal(await status(), 'not_remembered')
  // Until the user agrees the device is known but not asked to prove itself.
  const second = await authenticate(w.user(), w.username)
  assert.deepEqual(second.seen, ['PASSWORD_VERIFIER', 'RespondToAuthChallenge'])
  assert.equal(deviceKey(second.result.session), key)
  assert.equal(await done(cb => user.setDeviceStatusRemembered(cb)), 'SUCCESS')
  assert.equal(await status(), 'remembered')
  assert.ok((await authenticate(w.user(), w.username)).seen.includes('DEVICE_SRP_AUTH'))
  assert.equal(await done(cb => user.setDeviceStatusNotRemembered(cb)), 'SUCCESS')
  assert.equal(await status(), 'not_remembered')
})

test('a device password of another browser is refused', async () => {
  const w = await world({ ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false })
  await authenticate(w.user(), w.username)
  const name = [...w.browser.items.keys()].find(k => k.endsWith('.randomPasswordKey'))
  w.browser.setItem(name, 'somebody else\'s password')
  await assert.rejects(authenticate(w.user(), w.username), refused('NotAuthorizedException', 'Incorrect username or password.'))
})

test('devices in the JavaScript SDK', async () => {
  const w = await world({})
  for (let i = 0; i < 3; i++) {
    w.browser.clear()
    await authenticate(w.user(), w.username)
  }
  const page = { UserPoolId: w.ids.poolId, Username: w.username, Limit: 2 }
  const first = await userPools.send(new AdminListDevicesCommand(page))
  assert.equal(first.Devices.length, 2)
  assert.ok(first.Devices[0].DeviceCreateDate instanceof Date)
  const second = await userPools.send(new AdminListDevicesCommand({ ...page, PaginationToken: first.PaginationToken }))
  assert.equal(second.Devices.length, 1)
  assert.equal(second.PaginationToken, undefined)
})
