// The JavaScript SDK: new passwords, MFA and devices at sign-in, and what is
// refused.
import { before, test } from 'node:test'
import assert from 'node:assert/strict'
import {
  AdminDeleteSoftwareTokenCommand, AdminForgetDeviceCommand, AdminSetUserMFAPreferenceCommand, AdminSetUserPasswordCommand, AssociateSoftwareTokenCommand, ConfirmDeviceCommand,
  GetUserAuthFactorsCommand, GetUserCommand, VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { password, refused, userPoolsAt } from './setup.mjs'
import { codeFor, newDevice, pass, srp, totp, wrong } from './proofs.mjs'
import { World } from './world.mjs'

const badCredentials = refused('NotAuthorizedException', 'Incorrect username or password.')
const badCode = refused('CodeMismatchException', 'Invalid code or auth state for the user.')
const used = refused('NotAuthorizedException', 'Invalid session for the user, session can only be used once.')
const foreign = refused('NotAuthorizedException', 'Invalid session for the user.')
const signedIn = out => {
  assert.deepEqual([out.ChallengeName, out.ChallengeParameters], [undefined, {}])
  assert.ok(out.AuthenticationResult.IdToken)
  return out.AuthenticationResult
}
const phoneNumber = () => '+1555' + String(Math.random()).slice(2, 9)
const on = { Enabled: true, PreferredMfa: false }

let optional, required
before(async () => {
  [optional, required] = await Promise.all([World.make({ mfa: 'OPTIONAL' }), World.make({ mfa: 'ON', factors: ['TOTP'] })])
})

// begin signs in with the password and expects a challenge.
async function begin (w, USERNAME, name, flow = 'USER_PASSWORD_AUTH') {
  const out = await (flow.startsWith('ADMIN') ? w.adminInitiate : w.initiate).call(w, flow, { USERNAME, PASSWORD: password })
  assert.equal(out.ChallengeName, name)
  assert.equal(out.AuthenticationResult, undefined)
  return out
}

const prefer = (w, Username, input) => w.admin(AdminSetUserMFAPreferenceCommand, { Username, ...input })

// enrol sets a software token up and returns its secret; it uses the code of
// half a minute ago.
async function enrol (w, username) {
  const { AccessToken } = await w.tokens(username)
  const { SecretCode, Session } = await w.api.send(new AssociateSoftwareTokenCommand({ AccessToken }))
  assert.equal(Session, undefined)
  await assert.rejects(w.api.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: wrong(await totp(SecretCode, 0, w.at)) })),
    refused('EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA'))
  assert.equal((await w.api.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: await totp(SecretCode, -1, w.at) }))).Status, 'SUCCESS')
  return SecretCode
}

test('NEW_PASSWORD_REQUIRED', async () => {
  const w = await World.make({ pool: { Schema: [{ Name: 'given_name', Required: true, Mutable: true }] } })
  const make = () => w.user({ given_name: 'Ada' }, { permanent: false })
  const [jane, john] = [await make(), await make()]
  const challenge = await begin(w, jane.username, 'NEW_PASSWORD_REQUIRED')
  assert.deepEqual(JSON.parse(challenge.ChallengeParameters.requiredAttributes), [])
  assert.equal(JSON.parse(challenge.ChallengeParameters.userAttributes).email, jane.username)
  const answer = (more, USERNAME = jane.username) => w.respond(challenge, { USERNAME, NEW_PASSWORD: 'Another-horse-8', ...more })
  await assert.rejects(answer({ NEW_PASSWORD: 'short' }), refused('InvalidPasswordException', 'Password does not conform to policy: Password not long enough'))
  await assert.rejects(answer({}, john.username), foreign)
  await assert.rejects(answer({ 'userAttributes.email_verified': 'true' }), refused('InvalidParameterException', 'Cannot modify the non-mutable attribute email_verified'))
  await assert.rejects(w.respond(challenge, { USERNAME: jane.username }), refused('InvalidParameterException', 'Missing required parameter NEW_PASSWORD'))
  signedIn(await answer({}))
  await assert.rejects(answer({}), used)
  signedIn(await w.initiate('USER_PASSWORD_AUTH', { USERNAME: jane.username, PASSWORD: 'Another-horse-8' }))
  const admin = await begin(w, john.username, 'NEW_PASSWORD_REQUIRED', 'ADMIN_USER_PASSWORD_AUTH')
  signedIn(await w.adminRespond(admin, { USERNAME: john.username, NEW_PASSWORD: 'Another-horse-8' }))
})

test('SOFTWARE_TOKEN_MFA', async () => {
  const [jane, john] = [await optional.user(), await optional.user()]
  const secret = await enrol(optional, jane.username)
  signedIn(await optional.initiate('USER_PASSWORD_AUTH', { USERNAME: jane.username, PASSWORD: password }))
  await prefer(optional, jane.username, { SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } })
  const challenge = await begin(optional, jane.username, 'SOFTWARE_TOKEN_MFA')
  const answer = (code, USERNAME = jane.username, c = challenge) => optional.respond(c, { USERNAME, SOFTWARE_TOKEN_MFA_CODE: code })
  await assert.rejects(answer(wrong(await totp(secret))), refused('CodeMismatchException', 'Invalid code received for user'))
  await assert.rejects(answer(await totp(secret), john.username), foreign)
  await assert.rejects(answer(await totp(secret, 3)), refused('CodeMismatchException', 'Invalid code received for user'))
  const code = await totp(secret)
  const { AccessToken } = signedIn(await answer(code))
  assert.deepEqual((await optional.api.send(new GetUserCommand({ AccessToken }))).UserMFASettingList, ['SOFTWARE_TOKEN_MFA'])
  assert.equal((await optional.api.send(new GetUserAuthFactorsCommand({ AccessToken }))).PreferredMfaSetting, 'SOFTWARE_TOKEN_MFA')
  await assert.rejects(answer(code), used)
  const second = await begin(optional, jane.username, 'SOFTWARE_TOKEN_MFA', 'ADMIN_USER_PASSWORD_AUTH')
  await assert.rejects(answer(code, jane.username, second), refused('ExpiredCodeException', 'Your software token has already been used once.'))
  signedIn(await optional.adminRespond(second, { USERNAME: jane.username, SOFTWARE_TOKEN_MFA_CODE: await totp(secret, 1) }))
  // SRP meets it too.
  const exchange = srp()
  const verifier = await optional.initiate('USER_SRP_AUTH', { USERNAME: jane.username, SRP_A: exchange.SRP_A })
  const next = await optional.respond(verifier, await exchange.prove(verifier, optional.poolId, password))
  assert.deepEqual([next.ChallengeName, next.ChallengeParameters.USER_ID_FOR_SRP], ['SOFTWARE_TOKEN_MFA', jane.sub])
  await optional.admin(AdminDeleteSoftwareTokenCommand, { Username: jane.username })
  signedIn(await optional.initiate('USER_PASSWORD_AUTH', { USERNAME: jane.username, PASSWORD: password }))
})

test('SMS_MFA', async () => {
  const phone = phoneNumber()
  const { username } = await optional.user({ phone_number: phone, phone_number_verified: 'true' })
  await prefer(optional, username, { SMSMfaSettings: on })
  const challenge = await begin(optional, username, 'SMS_MFA')
  assert.deepEqual([challenge.ChallengeParameters.CODE_DELIVERY_DELIVERY_MEDIUM, challenge.ChallengeParameters.CODE_DELIVERY_DESTINATION], ['SMS', '+*******' + phone.slice(-4)])
  const code = await codeFor(phone)
  await assert.rejects(optional.respond(challenge, { USERNAME: username, SMS_MFA_CODE: wrong(code) }), badCode)
  signedIn(await optional.respond(challenge, { USERNAME: username, SMS_MFA_CODE: code }))
  await assert.rejects(optional.respond(challenge, { USERNAME: username, SMS_MFA_CODE: code }), used)
  const second = await begin(optional, username, 'SMS_MFA')
  await assert.rejects(optional.respond(second, { USERNAME: username, SMS_MFA_CODE: code }), badCode, 'the code of another sign-in')
})

test('EMAIL_OTP as MFA', async () => {
  const { username } = await optional.user()
  await prefer(optional, username, { EmailMfaSettings: on })
  const challenge = await begin(optional, username, 'EMAIL_OTP')
  const code = await codeFor(username)
  await assert.rejects(optional.respond(challenge, { USERNAME: username, EMAIL_OTP_CODE: wrong(code) }), badCode)
  signedIn(await optional.respond(challenge, { USERNAME: username, EMAIL_OTP_CODE: code }))
  await assert.rejects(optional.respond(challenge, { USERNAME: username, EMAIL_OTP_CODE: code }), used)
})

test('SELECT_MFA_TYPE', async () => {
  const phone = phoneNumber()
  const { username } = await optional.user({ phone_number: phone, phone_number_verified: 'true' })
  const secret = await enrol(optional, username)
  await prefer(optional, username, { SMSMfaSettings: on, SoftwareTokenMfaSettings: on })
  const challenge = await begin(optional, username, 'SELECT_MFA_TYPE')
  assert.deepEqual(JSON.parse(challenge.ChallengeParameters.MFAS_CAN_CHOOSE).sort(), ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'])
  for (const ANSWER of ['EMAIL_OTP', 'PASSWORD']) {
    await assert.rejects(optional.respond(challenge, { USERNAME: username, ANSWER }), refused('InvalidParameterException', 'Invalid challenge response.'))
  }
  const token = await optional.respond(challenge, { USERNAME: username, ANSWER: 'SOFTWARE_TOKEN_MFA' })
  await assert.rejects(optional.respond(challenge, { USERNAME: username, ANSWER: 'SMS_MFA' }), used)
  signedIn(await optional.respond(token, { USERNAME: username, SOFTWARE_TOKEN_MFA_CODE: await totp(secret) }))
  const sms = await optional.respond(await begin(optional, username, 'SELECT_MFA_TYPE'), { USERNAME: username, ANSWER: 'SMS_MFA' })
  signedIn(await optional.respond(sms, { USERNAME: username, SMS_MFA_CODE: await codeFor(phone) }))
})

test('MFA_SETUP', async () => {
  const [jane, john] = [await required.user(), await required.user()]
  const challenge = await begin(required, jane.username, 'MFA_SETUP')
  assert.deepEqual(JSON.parse(challenge.ChallengeParameters.MFAS_CAN_SETUP), ['SOFTWARE_TOKEN_MFA'])
  await assert.rejects(required.respond(challenge, { USERNAME: jane.username }), foreign, 'nothing is set up')
  const { SecretCode, Session } = await required.api.send(new AssociateSoftwareTokenCommand({ Session: challenge.Session }))
  const verify = (UserCode, session = Session) => required.api.send(new VerifySoftwareTokenCommand({ Session: session, UserCode }))
  await assert.rejects(verify(wrong(await totp(SecretCode))), refused('EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA'))
  await assert.rejects(verify('000000', 'x'.repeat(40)), foreign)
  const verified = await verify(await totp(SecretCode))
  assert.equal(verified.Status, 'SUCCESS')
  const done = { ChallengeName: 'MFA_SETUP', Session: verified.Session }
  await assert.rejects(required.respond(done, { USERNAME: john.username }), foreign)
  signedIn(await required.respond(done, { USERNAME: jane.username }))
  await assert.rejects(required.respond(done, { USERNAME: jane.username }), used)
  const next = await begin(required, jane.username, 'SOFTWARE_TOKEN_MFA')
  signedIn(await required.respond(next, { USERNAME: jane.username, SOFTWARE_TOKEN_MFA_CODE: await totp(SecretCode, 1) }))
  // First a password, then the factor.
  await required.admin(AdminSetUserPasswordCommand, { Username: john.username, Password: password, Permanent: false })
  const temporary = await begin(required, john.username, 'NEW_PASSWORD_REQUIRED')
  assert.equal((await required.respond(temporary, { USERNAME: john.username, NEW_PASSWORD: 'Another-horse-8' })).ChallengeName, 'MFA_SETUP')
})

test('DEVICE_SRP_AUTH', async () => {
  const w = await World.make({ pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false } } })
  const [jane, john] = [await w.user(), await w.user()]
  const confirmed = async username => {
    const tokens = await w.tokens(username)
    const device = newDevice(tokens.NewDeviceMetadata)
    await w.api.send(new ConfirmDeviceCommand({
      AccessToken: tokens.AccessToken, DeviceKey: device.DeviceKey, DeviceName: 'test', DeviceSecretVerifierConfig: device.DeviceSecretVerifierConfig,
    }))
    return device
  }
  const [device, theirs] = [await confirmed(jane.username), await confirmed(john.username)]
  const noDevice = refused('ResourceNotFoundException', 'Device does not exist.')
  const start = (USERNAME, DEVICE_KEY) => w.initiate('USER_PASSWORD_AUTH', { USERNAME, PASSWORD: password, DEVICE_KEY })
  const verifier = async () => {
    const exchange = srp()
    const challenge = await start(jane.username, device.DeviceKey)
    assert.equal(challenge.ChallengeName, 'DEVICE_SRP_AUTH')
    const answer = { USERNAME: jane.username, DEVICE_KEY: device.DeviceKey, SRP_A: exchange.SRP_A }
    return { exchange, first: challenge, next: await w.respond(challenge, answer), answer }
  }
  const { exchange, first, next, answer } = await verifier()
  assert.equal(next.ChallengeName, 'DEVICE_PASSWORD_VERIFIER')
  await assert.rejects(w.respond(first, answer), used)
  const proof = await exchange.proveDevice(next, device, jane.username)
  const { RefreshToken: REFRESH_TOKEN, NewDeviceMetadata } = signedIn(await w.respond(next, proof))
  assert.equal(NewDeviceMetadata, undefined)
  await assert.rejects(w.respond(next, proof), used)
  signedIn(await w.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN, DEVICE_KEY: device.DeviceKey }))
  await assert.rejects(w.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN }), refused('NotAuthorizedException', 'Invalid Refresh Token.'))

  const second = await verifier()
  await assert.rejects(w.respond(second.next, await second.exchange.proveDevice(second.next, { ...device, password: theirs.password }, jane.username)), badCredentials)
  await assert.rejects(start(jane.username, theirs.DeviceKey), noDevice)
  const zero = await start(jane.username, device.DeviceKey)
  await assert.rejects(w.respond(zero, { ...answer, SRP_A: '0' }), refused('InvalidParameterException', 'Invalid SRP_A.'))
  await w.admin(AdminForgetDeviceCommand, { Username: jane.username, DeviceKey: device.DeviceKey })
  await assert.rejects(start(jane.username, device.DeviceKey), noDevice)
  await assert.rejects(w.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN, DEVICE_KEY: device.DeviceKey }), refused('NotAuthorizedException', 'Invalid Refresh Token.'))
})

test('challenges end with their sessions', async () => {
  const at = process.env.POOLHOUSE_ENDPOINT_CLOCK
  assert.ok(at, 'POOLHOUSE_ENDPOINT_CLOCK is not set')
  const w = await World.make({ mfa: 'OPTIONAL', api: userPoolsAt(at), at, client: { AuthSessionValidity: 5 } })
  const [jane, john] = [await w.user(), await w.user({}, { permanent: false })]
  const secret = await enrol(w, jane.username)
  await prefer(w, jane.username, { SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } })
  const open = [await begin(w, jane.username, 'SOFTWARE_TOKEN_MFA'), await begin(w, jane.username, 'SOFTWARE_TOKEN_MFA')]
  const temporary = await begin(w, john.username, 'NEW_PASSWORD_REQUIRED')
  await pass('4m50s', at)
  signedIn(await w.respond(open[0], { USERNAME: jane.username, SOFTWARE_TOKEN_MFA_CODE: await totp(secret, 0, at) }))
  await pass('10s', at)
  const expired = refused('NotAuthorizedException', 'Invalid session for the user, session is expired.')
  await assert.rejects(w.respond(open[1], { USERNAME: jane.username, SOFTWARE_TOKEN_MFA_CODE: await totp(secret, 1, at) }), expired)
  await assert.rejects(w.respond(temporary, { USERNAME: john.username, NEW_PASSWORD: 'Another-horse-8' }), expired)
  await pass('168h', at)
  await assert.rejects(w.initiate('USER_PASSWORD_AUTH', { USERNAME: john.username, PASSWORD: password }),
    refused('NotAuthorizedException', 'Temporary password has expired and must be reset by an administrator.'))
})
