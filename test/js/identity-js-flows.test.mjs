// amazon-cognito-identity-js: each way to sign in that it has, and what is
// refused. Devices are in devices.test.mjs.
import { before, test } from 'node:test'
import assert from 'node:assert/strict'
import { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserAttribute, CognitoUserPool } from 'amazon-cognito-identity-js'
import { AdminResetUserPasswordCommand, AdminSetUserMFAPreferenceCommand } from '@aws-sdk/client-cognito-identity-provider'
import { email, endpoint, password } from './setup.mjs'
import { codeFor, totp, wrong } from './proofs.mjs'
import { riddle, World } from './world.mjs'

let plain, bare, optional
before(async () => {
  [plain, optional] = await Promise.all([World.make({ pool: { LambdaConfig: riddle } }), World.make({ mfa: 'OPTIONAL' })])
  bare = await plain.with({ ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] })
})

const refusedWith = (code, message) => err => {
  assert.deepEqual([err.code ?? err.name, err.message], [code, message])
  return true
}
const badCredentials = refusedWith('NotAuthorizedException', 'Incorrect username or password.')
const badCode = refusedWith('CodeMismatchException', 'Invalid code or auth state for the user.')
const phoneNumber = () => '+1555' + String(Math.random()).slice(2, 9)

const userOf = (w, Username) => new CognitoUser({ Username, Pool: new CognitoUserPool({ UserPoolId: w.poolId, ClientId: w.clientId, endpoint }) })

// outcome is how a call of the library goes on: the name of the callback and
// what it got.
const outcome = f => new Promise((resolve, reject) => {
  const to = name => (...args) => resolve({ name, args })
  f({
    onSuccess: to('done'), onFailure: reject, newPasswordRequired: to('newPassword'), mfaRequired: to('sms'), totpRequired: to('totp'),
    selectMFAType: to('select'), mfaSetup: to('setup'), customChallenge: to('custom'), inputVerificationCode: to('code'), associateSecretCode: to('secret'),
  })
})
const call = f => new Promise((resolve, reject) => f((err, result) => err ? reject(err) : resolve(result)))

// start signs in; its password goes along as it is unless told.
function start (w, username, { flow = 'USER_PASSWORD_AUTH', pw = password } = {}) {
  const user = userOf(w, username)
  user.setAuthenticationFlowType(flow)
  return outcome(cb => user.authenticateUser(new AuthenticationDetails({ Username: username, Password: pw }), cb)).then(out => ({ ...out, user }))
}

async function expect (promise, name) {
  const out = await promise
  assert.equal(out.name, name)
  return out
}

for (const flow of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH']) {
  test(flow, async () => {
    const { username, sub } = await plain.user()
    const { args: [session] } = await expect(start(plain, username, { flow }), 'done')
    assert.equal(session.getIdToken().decodePayload().sub, sub)
    await assert.rejects(start(plain, username, { flow, pw: 'Wrong-horse-7' }), badCredentials)
    await assert.rejects(start(plain, email(), { flow }), refusedWith('UserNotFoundException', 'User does not exist.'))
    const off = flow === 'USER_SRP_AUTH' ? 'USER_SRP_AUTH is not enabled for the client.' : 'USER_PASSWORD_AUTH flow not enabled for this client'
    await assert.rejects(start(bare, username, { flow }), refusedWith('InvalidParameterException', off))
    await plain.admin(AdminResetUserPasswordCommand, { Username: username })
    await assert.rejects(start(plain, username, { flow }), refusedWith('PasswordResetRequiredException', 'Password reset required for the user'))
  })
}

test('CUSTOM_AUTH', async () => {
  const { username } = await plain.user()
  const begin = (w = plain) => {
    const user = userOf(w, username)
    return outcome(cb => user.initiateAuth(new AuthenticationDetails({ Username: username }), cb)).then(out => ({ ...out, user }))
  }
  const answer = (user, text) => outcome(cb => user.sendCustomChallengeAnswer(text, cb))
  const { user, args: [{ question }] } = await expect(begin(), 'custom')
  assert.equal(question, 'six times seven')
  await expect(answer(user, '41'), 'custom')
  await expect(answer(user, '42'), 'done')
  const second = await begin()
  await expect(answer(second.user, '41'), 'custom')
  await assert.rejects(answer(second.user, '41'), badCredentials)
  await assert.rejects(begin(bare), refusedWith('InvalidParameterException', 'CUSTOM_AUTH is not enabled for the client.'))
})

test('CUSTOM_AUTH that starts with SRP', async () => {
  const { username } = await plain.user()
  const { user } = await expect(start(plain, username, { flow: 'CUSTOM_AUTH' }), 'custom')
  await expect(outcome(cb => user.sendCustomChallengeAnswer('42', cb)), 'done')
  await assert.rejects(start(plain, username, { flow: 'CUSTOM_AUTH', pw: 'Wrong-horse-7' }), badCredentials)
})

test('refresh', async () => {
  const { username } = await plain.user()
  const { user, args: [session] } = await expect(start(plain, username), 'done')
  const token = session.getRefreshToken()
  const fresh = await call(cb => user.refreshSession(token, cb))
  assert.equal(fresh.getAccessToken().decodePayload().origin_jti, session.getAccessToken().decodePayload().origin_jti)
  // The library tries a refused refresh again for some seconds: once is enough.
  const changed = new CognitoRefreshToken({ RefreshToken: token.getToken().replace(/.$/, c => c === 'A' ? 'B' : 'A') })
  await assert.rejects(call(cb => user.refreshSession(changed, cb)), refusedWith('NotAuthorizedException', 'Invalid Refresh Token'))
})

test('NEW_PASSWORD_REQUIRED', async () => {
  const w = await World.make({ pool: { Schema: [{ Name: 'given_name', Required: true, Mutable: true }] } })
  const { username } = await w.user({ given_name: 'Ada' }, { permanent: false })
  const { user, args: [attributes, required] } = await expect(start(w, username, { flow: 'USER_SRP_AUTH' }), 'newPassword')
  assert.deepEqual([attributes.email, required], [username, []])
  const choose = pw => outcome(cb => user.completeNewPasswordChallenge(pw, {}, cb))
  await assert.rejects(choose('short'), refusedWith('InvalidPasswordException', 'Password does not conform to policy: Password not long enough'))
  await expect(choose('Another-horse-8'), 'done')
  await expect(start(w, username, { pw: 'Another-horse-8' }), 'done')
})

test('SOFTWARE_TOKEN_MFA', async () => {
  const { username } = await optional.user()
  const { user } = await expect(start(optional, username), 'done')
  const { args: [secret] } = await expect(outcome(cb => user.associateSoftwareToken(cb)), 'secret')
  const verify = code => outcome(cb => user.verifySoftwareToken(code, 'phone', cb))
  await assert.rejects(verify(wrong(await totp(secret))), refusedWith('EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA'))
  await expect(verify(await totp(secret, -1)), 'done')
  await call(cb => user.setUserMfaPreference(null, { PreferredMfa: true, Enabled: true }, cb))
  const first = await expect(start(optional, username, { flow: 'USER_SRP_AUTH' }), 'totp')
  const answer = (u, code) => outcome(cb => u.sendMFACode(code, cb, 'SOFTWARE_TOKEN_MFA'))
  await assert.rejects(answer(first.user, wrong(await totp(secret))), refusedWith('CodeMismatchException', 'Invalid code received for user'))
  const code = await totp(secret)
  await expect(answer(first.user, code), 'done')
  const second = await expect(start(optional, username), 'totp')
  await assert.rejects(answer(second.user, code), refusedWith('ExpiredCodeException', 'Your software token has already been used once.'))
  await expect(answer(second.user, await totp(secret, 1)), 'done')
})

test('SMS_MFA and SELECT_MFA_TYPE', async () => {
  const phone = phoneNumber()
  const { username } = await optional.user({ phone_number: phone, phone_number_verified: 'true' })
  const on = { Enabled: true, PreferredMfa: false }
  await optional.admin(AdminSetUserMFAPreferenceCommand, { Username: username, SMSMfaSettings: on })
  const answer = (user, code) => outcome(cb => user.sendMFACode(code, cb))
  const { user, args: [, parameters] } = await expect(start(optional, username), 'sms')
  assert.equal(parameters.CODE_DELIVERY_DELIVERY_MEDIUM, 'SMS')
  await assert.rejects(answer(user, wrong(await codeFor(phone))), badCode)
  await expect(answer(user, await codeFor(phone)), 'done')
  const { args: [secret] } = await expect(outcome(cb => user.associateSoftwareToken(cb)), 'secret')
  await expect(outcome(async cb => user.verifySoftwareToken(await totp(secret, -1), 'phone', cb)), 'done')
  await optional.admin(AdminSetUserMFAPreferenceCommand, { Username: username, SMSMfaSettings: on, SoftwareTokenMfaSettings: on })
  for (const [type, next, code] of [['SMS_MFA', 'sms', () => codeFor(phone)], ['SOFTWARE_TOKEN_MFA', 'totp', () => totp(secret)]]) {
    const { user, args: [, { MFAS_CAN_CHOOSE: types }] } = await expect(start(optional, username), 'select')
    assert.deepEqual(JSON.parse(types).sort(), ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'])
    await expect(outcome(cb => user.sendMFASelectionAnswer(type, cb)), next)
    await expect(outcome(async cb => user.sendMFACode(await code(), cb, type)), 'done')
  }
})

test('MFA_SETUP', async () => {
  const w = await World.make({ mfa: 'ON', factors: ['TOTP'] })
  const { username } = await w.user()
  const { user } = await expect(start(w, username, { flow: 'USER_SRP_AUTH' }), 'setup')
  const { args: [secret] } = await expect(outcome(cb => user.associateSoftwareToken(cb)), 'secret')
  const verify = code => outcome(cb => user.verifySoftwareToken(code, 'phone', cb))
  await assert.rejects(verify(wrong(await totp(secret))), refusedWith('EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA'))
  const { args: [session] } = await expect(verify(await totp(secret)), 'done')
  assert.ok(session.isValid())
  await expect(start(w, username), 'totp')
})

test('a forgotten password', async () => {
  const { username } = await plain.user()
  const user = userOf(plain, username)
  const { args: [{ CodeDeliveryDetails: details }] } = await expect(outcome(cb => user.forgotPassword(cb)), 'code')
  assert.equal(details.Destination, 'u***@e***')
  const confirm = (code, pw) => outcome(cb => user.confirmPassword(code, pw, cb))
  const code = await codeFor(username)
  await assert.rejects(confirm(wrong(code), 'Another-horse-8'), refusedWith('CodeMismatchException', 'Invalid verification code provided, please try again.'))
  await assert.rejects(confirm(code, 'short'), refusedWith('InvalidPasswordException', 'Password did not conform with policy: Password not long enough'))
  await expect(confirm(code, 'Another-horse-8'), 'done')
  await assert.rejects(confirm(code, 'Another-horse-9'), refusedWith('ExpiredCodeException', 'Invalid code provided, please request a code again.'))
  await expect(start(plain, username, { pw: 'Another-horse-8' }), 'done')
  await assert.rejects(outcome(cb => userOf(plain, email()).forgotPassword(cb)), refusedWith('UserNotFoundException', 'Username/client id combination not found.'))
})

test('codes of sign-up and of attributes', async () => {
  const pool = new CognitoUserPool({ UserPoolId: plain.poolId, ClientId: plain.clientId, endpoint })
  const name = email()
  await call(cb => pool.signUp(name, password, [new CognitoUserAttribute({ Name: 'email', Value: name })], [], cb))
  const user = userOf(plain, name)
  await call(cb => user.resendConfirmationCode(cb))
  const code = await codeFor(name)
  await assert.rejects(call(cb => user.confirmRegistration(wrong(code), false, cb)), refusedWith('CodeMismatchException', 'Invalid verification code provided, please try again.'))
  await call(cb => user.confirmRegistration(code, false, cb))
  await assert.rejects(call(cb => user.resendConfirmationCode(cb)), refusedWith('InvalidParameterException', 'User is already confirmed.'))
  const { user: signedIn } = await expect(start(plain, name), 'done')
  const next = email()
  await call(cb => signedIn.updateAttributes([new CognitoUserAttribute({ Name: 'email', Value: next })], cb))
  await expect(outcome(cb => signedIn.getAttributeVerificationCode('email', cb)), 'code')
  const verify = c => outcome(cb => signedIn.verifyAttribute('email', c, cb))
  await assert.rejects(verify(wrong(await codeFor(next))), refusedWith('CodeMismatchException', 'Invalid verification code provided, please try again.'))
  await expect(verify(await codeFor(next)), 'done')
  await assert.rejects(call(cb => signedIn.deleteAttributes(['sub'], cb)))
})

test('sign-out revokes', async () => {
  const { username } = await plain.user()
  const { user, args: [session] } = await expect(start(plain, username), 'done')
  await new Promise(resolve => user.signOut(resolve))
  await assert.rejects(plain.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: session.getRefreshToken().getToken() }), { name: 'NotAuthorizedException', message: 'Refresh Token has been revoked' })
})
