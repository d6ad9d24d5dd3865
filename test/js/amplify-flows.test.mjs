// aws-amplify v6 in Node: each way to sign in that it has, and what is refused.
// Passkeys need a browser: they are in test/browser.
import { afterEach, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { Amplify } from 'aws-amplify'
import {
  autoSignIn, confirmSignIn, confirmSignUp, confirmUserAttribute, deleteUser, deleteUserAttributes, fetchAuthSession, fetchDevices, fetchMFAPreference, fetchUserAttributes,
  forgetDevice, getCurrentUser, rememberDevice, resendSignUpCode, sendUserAttributeVerificationCode, setUpTOTP, signIn, signOut, signUp, updateMFAPreference, updatePassword,
  updateUserAttributes, verifyTOTPSetup,
} from 'aws-amplify/auth'
import { AdminUserGlobalSignOutCommand, ListUserSessionsCommand, SetUserPoolSessionConfigurationCommand } from '@aws-sdk/client-cognito-identity-provider'
import { email, endpoint, password } from './setup.mjs'
import { codeFor, totp, wrong } from './proofs.mjs'
import { riddle, World } from './world.mjs'

const factors = { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } } }
const badCredentials = { name: 'NotAuthorizedException', message: 'Incorrect username or password.' }
const badCode = { name: 'CodeMismatchException', message: 'Invalid code or auth state for the user.' }
const wrongPassword = 'Wrong-horse-7'
const phoneNumber = () => '+1555' + String(Math.random()).slice(2, 9)

// Node 20 has no navigator, of which Amplify takes the names of devices.
globalThis.navigator ??= { userAgent: 'test' }

let plain, bare, optional
before(async () => {
  [plain, optional] = await Promise.all([World.make({ pool: { LambdaConfig: riddle, ...factors } }), World.make({ mfa: 'OPTIONAL' })])
  bare = await plain.with({ ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] })
})
afterEach(() => signOut())

// use makes the pool the application's, and returns it.
function use (w) {
  Amplify.configure({ Auth: { Cognito: { userPoolId: w.poolId, userPoolClientId: w.clientId, userPoolEndpoint: endpoint } } })
  return w
}

const done = out => assert.deepEqual(out, { isSignedIn: true, nextStep: { signInStep: 'DONE' } })
const step = async (out, name) => {
  const { isSignedIn, nextStep } = await out
  assert.deepEqual([isSignedIn, nextStep.signInStep], [false, name])
  return nextStep
}
// enter signs in with the password itself, which takes less time than SRP.
const enter = (username, pw = password) => signIn({ username, password: pw, options: { authFlowType: 'USER_PASSWORD_AUTH' } })
const answer = challengeResponse => confirmSignIn({ challengeResponse })

for (const authFlowType of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH']) {
  test(authFlowType, async () => {
    const { username, sub } = await use(plain).user()
    const options = { authFlowType }
    await assert.rejects(signIn({ username, password: wrongPassword, options }), badCredentials)
    await assert.rejects(signIn({ username: email(), password, options }), { name: 'UserNotFoundException', message: 'User does not exist.' })
    use(bare)
    await assert.rejects(signIn({ username, password, options }), { name: 'InvalidParameterException', message: /not enabled for (this|the) client/ })
    use(plain)
    done(await signIn({ username, password, options }))
    assert.equal((await getCurrentUser()).userId, sub)
    await assert.rejects(signIn({ username, password, options }), { name: 'UserAlreadyAuthenticatedException' })
  })
}

test('refresh and sign-out', async () => {
  const { username } = await use(plain).user()
  done(await enter(username))
  const first = (await fetchAuthSession()).tokens
  const second = (await fetchAuthSession({ forceRefresh: true })).tokens
  assert.notEqual(second.accessToken.payload.jti, first.accessToken.payload.jti)
  assert.equal(second.accessToken.payload.origin_jti, first.accessToken.payload.origin_jti)
  await plain.admin(AdminUserGlobalSignOutCommand, { Username: username })
  assert.equal((await fetchAuthSession({ forceRefresh: true })).tokens, undefined)
  await assert.rejects(getCurrentUser(), { name: 'UserUnAuthenticatedException' })
})

test('refresh tokens that rotate', async () => {
  const w = use(await plain.with({
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'], RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
  }))
  const { username } = await w.user()
  done(await enter(username))
  const seen = new Set()
  for (let i = 0; i < 3; i++) seen.add((await fetchAuthSession({ forceRefresh: true })).tokens.accessToken.payload.jti)
  assert.equal(seen.size, 3)
})

for (const authFlowType of ['CUSTOM_WITHOUT_SRP', 'CUSTOM_WITH_SRP']) {
  test(authFlowType, async () => {
    const { username } = await use(plain).user()
    const start = (pw = password) => signIn({ username, password: authFlowType === 'CUSTOM_WITH_SRP' ? pw : undefined, options: { authFlowType } })
    if (authFlowType === 'CUSTOM_WITH_SRP') await assert.rejects(start(wrongPassword), badCredentials)
    const { additionalInfo } = await step(start(), 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE')
    assert.equal(additionalInfo.question, 'six times seven')
    await step(answer('41'), 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE')
    done(await answer('42'))
    await signOut()
    await step(start(), 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE')
    await step(answer('41'), 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE')
    await assert.rejects(answer('41'), badCredentials)
    use(bare)
    await assert.rejects(start(), { name: 'InvalidParameterException', message: 'CUSTOM_AUTH is not enabled for the client.' })
  })
}

for (const preferredChallenge of ['PASSWORD', 'PASSWORD_SRP']) {
  test(`USER_AUTH with ${preferredChallenge}`, async () => {
    const { username } = await use(plain).user()
    const start = pw => signIn({ username, password: pw, options: { authFlowType: 'USER_AUTH', preferredChallenge } })
    await assert.rejects(start(wrongPassword), badCredentials)
    done(await start(password))
    await signOut()
    // The factor is chosen, then proved.
    const { availableChallenges } = await step(signIn({ username, options: { authFlowType: 'USER_AUTH' } }), 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION')
    assert.deepEqual(availableChallenges, ['EMAIL_OTP', 'PASSWORD_SRP', 'PASSWORD'])
    await step(answer(preferredChallenge), 'CONFIRM_SIGN_IN_WITH_PASSWORD')
    await assert.rejects(answer(wrongPassword), badCredentials)
    await step(signIn({ username, options: { authFlowType: 'USER_AUTH' } }), 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION')
    await step(answer(preferredChallenge), 'CONFIRM_SIGN_IN_WITH_PASSWORD')
    done(await answer(password))
    await signOut()
    use(bare)
    await assert.rejects(start(password), { name: 'InvalidParameterException', message: 'USER_AUTH is not enabled for the client.' })
  })
}

for (const [preferredChallenge, name] of [['EMAIL_OTP', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE'], ['SMS_OTP', 'CONFIRM_SIGN_IN_WITH_SMS_CODE']]) {
  test(`USER_AUTH with ${preferredChallenge}`, async () => {
    const phone = phoneNumber()
    const { username } = await use(plain).user({ phone_number: phone, phone_number_verified: 'true' })
    const to = preferredChallenge === 'SMS_OTP' ? phone : username
    const { codeDeliveryDetails } = await step(signIn({ username, options: { authFlowType: 'USER_AUTH', preferredChallenge } }), name)
    assert.equal(codeDeliveryDetails.deliveryMedium, preferredChallenge === 'SMS_OTP' ? 'SMS' : 'EMAIL')
    const code = await codeFor(to)
    await assert.rejects(answer(wrong(code)), badCode)
    done(await answer(code))
    await signOut()
    await step(signIn({ username, options: { authFlowType: 'USER_AUTH' } }), 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION')
    await step(answer(preferredChallenge), name)
    await assert.rejects(answer(code), badCode, 'the code of the sign-in before')
    done(await answer(await codeFor(to)))
  })
}

test('a new password', async () => {
  const w = use(await World.make({ pool: { Schema: [{ Name: 'given_name', Required: true, Mutable: true }] } }))
  const { username } = await w.user({ given_name: 'Ada' }, { permanent: false })
  await assert.rejects(enter(username, wrongPassword), badCredentials)
  const { missingAttributes } = await step(enter(username), 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED')
  assert.deepEqual(missingAttributes, [])
  await assert.rejects(answer('short'), { name: 'InvalidPasswordException' })
  done(await answer('Another-horse-8'))
  await signOut()
  done(await enter(username, 'Another-horse-8'))
})

test('a software token', async () => {
  const { username } = await use(optional).user()
  done(await enter(username))
  const { sharedSecret } = await setUpTOTP()
  await assert.rejects(verifyTOTPSetup({ code: wrong(await totp(sharedSecret)) }), { name: 'EnableSoftwareTokenMFAException' })
  await verifyTOTPSetup({ code: await totp(sharedSecret, -1) })
  await updateMFAPreference({ totp: 'PREFERRED' })
  assert.deepEqual(await fetchMFAPreference(), { enabled: ['TOTP'], preferred: 'TOTP' })
  await signOut()
  await step(enter(username), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE')
  await assert.rejects(answer(wrong(await totp(sharedSecret))), { name: 'CodeMismatchException', message: 'Invalid code received for user' })
  const code = await totp(sharedSecret)
  done(await answer(code))
  await signOut()
  await step(enter(username), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE')
  await assert.rejects(answer(code), { name: 'ExpiredCodeException', message: 'Your software token has already been used once.' })
  done(await answer(await totp(sharedSecret, 1)))
})

test('codes by SMS and e-mail, and the choice of a factor', async () => {
  const phone = phoneNumber()
  const { username } = await use(optional).user({ phone_number: phone, phone_number_verified: 'true' })
  done(await enter(username))
  await updateMFAPreference({ sms: 'ENABLED' })
  await signOut()
  await step(enter(username), 'CONFIRM_SIGN_IN_WITH_SMS_CODE')
  await assert.rejects(answer(wrong(await codeFor(phone))), badCode)
  done(await answer(await codeFor(phone)))
  await updateMFAPreference({ email: 'PREFERRED' })
  await signOut()
  await step(enter(username), 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE')
  await assert.rejects(answer(wrong(await codeFor(username))), badCode)
  done(await answer(await codeFor(username)))
  await updateMFAPreference({ email: 'NOT_PREFERRED' })
  await signOut()
  for (const [factor, name, to] of [['EMAIL', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', username], ['SMS', 'CONFIRM_SIGN_IN_WITH_SMS_CODE', phone]]) {
    const { allowedMFATypes } = await step(enter(username), 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION')
    assert.deepEqual(allowedMFATypes.sort(), ['EMAIL', 'SMS'])
    await assert.rejects(answer('TOTP'), { name: 'InvalidParameterException' })
    await step(answer(factor), name)
    done(await answer(await codeFor(to)))
    await signOut()
  }
})

test('MFA set up at sign-in', async () => {
  const totpOnly = use(await World.make({ mfa: 'ON', factors: ['TOTP'] }))
  const { username } = await totpOnly.user()
  const { totpSetupDetails } = await step(enter(username), 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP')
  await assert.rejects(answer(wrong(await totp(totpSetupDetails.sharedSecret))), { name: 'EnableSoftwareTokenMFAException' })
  done(await answer(await totp(totpSetupDetails.sharedSecret)))
  await signOut()

  const both = use(await World.make({ mfa: 'ON', factors: ['TOTP', 'EMAIL'], pool: { UsernameAttributes: undefined, AutoVerifiedAttributes: undefined } }))
  const jane = await both.user({ email: undefined, email_verified: undefined })
  const address = email()
  const { allowedMFATypes } = await step(enter(jane.username), 'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION')
  assert.deepEqual(allowedMFATypes.sort(), ['EMAIL', 'TOTP'])
  await step(answer('EMAIL'), 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP')
  await assert.rejects(answer('no body@example.com'), { name: 'InvalidParameterException', message: 'Invalid email address format.' })
  await step(answer(address), 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE')
  await assert.rejects(answer(wrong(await codeFor(address))), badCode)
  done(await answer(await codeFor(address)))
  assert.deepEqual(await fetchUserAttributes().then(a => [a.email, a.email_verified]), [address, 'true'])
})

test('a sign-up that signs in', async () => {
  use(plain)
  const username = email()
  const options = { userAttributes: { email: username }, autoSignIn: { authFlowType: 'USER_AUTH' } }
  // Amplify waits three minutes for the confirmation; the test need not.
  const timeout = globalThis.setTimeout
  globalThis.setTimeout = (...args) => timeout(...args).unref()
  const { nextStep } = await signUp({ username, password, options }).finally(() => { globalThis.setTimeout = timeout })
  assert.deepEqual([nextStep.signUpStep, nextStep.codeDeliveryDetails.destination], ['CONFIRM_SIGN_UP', 'u***@e***'])
  await resendSignUpCode({ username })
  await assert.rejects(confirmSignUp({ username, confirmationCode: wrong(await codeFor(username)) }), { name: 'CodeMismatchException' })
  const confirmed = await confirmSignUp({ username, confirmationCode: await codeFor(username) })
  assert.deepEqual([confirmed.isSignUpComplete, confirmed.nextStep.signUpStep], [true, 'COMPLETE_AUTO_SIGN_IN'])
  done(await autoSignIn())
  await assert.rejects(resendSignUpCode({ username }), { name: 'InvalidParameterException', message: 'User is already confirmed.' })
})

test('a sign-in before the confirmation', async () => {
  use(plain)
  const username = email()
  await signUp({ username, password, options: { userAttributes: { email: username } } })
  await step(enter(username), 'CONFIRM_SIGN_UP')
})

test('attributes', async () => {
  const { username } = await use(plain).user()
  done(await enter(username))
  const next = email()
  const out = await updateUserAttributes({ userAttributes: { email: next, given_name: 'Ada' } })
  assert.equal(out.email.nextStep.updateAttributeStep, 'CONFIRM_ATTRIBUTE_WITH_CODE')
  assert.deepEqual([out.given_name.isUpdated, (await fetchUserAttributes()).email_verified], [true, 'false'])
  await assert.rejects(confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: wrong(await codeFor(next)) }), { name: 'CodeMismatchException' })
  await sendUserAttributeVerificationCode({ userAttributeKey: 'email' })
  await confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: await codeFor(next) })
  assert.equal((await fetchUserAttributes()).email_verified, 'true')
  await deleteUserAttributes({ userAttributeKeys: ['given_name'] })
  assert.equal((await fetchUserAttributes()).given_name, undefined)
  await assert.rejects(updateUserAttributes({ userAttributes: { 'custom:none': 'x' } }), { name: 'InvalidParameterException' })
})

test('another password, and deletion', async () => {
  const { username } = await use(plain).user()
  done(await enter(username))
  await assert.rejects(updatePassword({ oldPassword: wrongPassword, newPassword: 'Another-horse-8' }), badCredentials)
  await assert.rejects(updatePassword({ oldPassword: password, newPassword: 'short' }), { name: 'InvalidPasswordException' })
  await updatePassword({ oldPassword: password, newPassword: 'Another-horse-8' })
  await deleteUser()
  await assert.rejects(enter(username, 'Another-horse-8'), { name: 'UserNotFoundException' })
})

test('devices', async () => {
  const w = use(await World.make({ pool: { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true } } }))
  const { username } = await w.user()
  done(await signIn({ username, password }))
  assert.deepEqual(await fetchDevices(), [], 'only remembered devices are listed')
  await rememberDevice()
  const key = (await fetchAuthSession()).tokens.accessToken.payload.device_key
  assert.deepEqual((await fetchDevices()).map(d => d.id), [key])
  await signOut()
  done(await signIn({ username, password }))
  assert.equal((await fetchAuthSession({ forceRefresh: true })).tokens.accessToken.payload.device_key, key)
  await forgetDevice()
  assert.deepEqual(await fetchDevices(), [])
  await assert.rejects(forgetDevice({ device: { id: key } }), { name: 'ResourceNotFoundException' })
  await signOut()
  done(await signIn({ username, password }))
  assert.notEqual((await fetchAuthSession()).tokens.accessToken.payload.device_key, key)
})

test('the sessions of an application', async () => {
  const w = use(await World.make())
  await w.admin(SetUserPoolSessionConfigurationCommand, { UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 3 } })
  const { username } = await w.user()
  const { AccessToken } = await w.tokens(username)
  const sessions = async () => (await w.api.send(new ListUserSessionsCommand({ AccessToken }))).Sessions.length
  done(await enter(username))
  assert.equal(await sessions(), 2)
  await signOut()
  assert.equal(await sessions(), 1)
})
