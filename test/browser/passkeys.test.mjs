// Passkeys in Chromium with a virtual authenticator: by aws-amplify, and by the
// API's own calls with navigator.credentials.
import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { endpoint, password, pools, start } from './setup.mjs'

let app
before(async () => { app = await start() })
after(() => app.close())

const call = (page, operation, input) => page.evaluate(([e, o, i]) => window.poolhouse.call(e, o, i), [endpoint, operation, input])

const flow = (page, { clientId }, AuthFlow, AuthParameters) => call(page, 'InitiateAuth', { ClientId: clientId, AuthFlow, AuthParameters })

// signedIn is the access token of a sign-in with the password.
async function signedIn (page, pool, username) {
  const out = await flow(page, pool, 'USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: password })
  return out.AuthenticationResult.AccessToken
}

// register makes a passkey and answers what the API said.
async function register (page, AccessToken) {
  const { CredentialCreationOptions: options } = await call(page, 'StartWebAuthnRegistration', { AccessToken })
  const Credential = await page.evaluate(o => window.poolhouse.create(o), options)
  return { Credential, answer: await call(page, 'CompleteWebAuthnRegistration', { AccessToken, Credential }) }
}

// ask begins a sign-in with a passkey.
async function ask (page, pool, USERNAME) {
  const out = await flow(page, pool, 'USER_AUTH', { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' })
  assert.equal(out.ChallengeName, 'WEB_AUTHN')
  return { ...out, options: JSON.parse(out.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS) }
}

const answer = (page, { clientId }, { Session }, USERNAME, credential) => call(page, 'RespondToAuthChallenge', {
  ClientId: clientId, ChallengeName: 'WEB_AUTHN', Session, ChallengeResponses: { USERNAME, CREDENTIAL: JSON.stringify(credential) },
})

test('aws-amplify registers a passkey and signs in with it', async () => {
  const { page, cdp, authenticatorId, close } = await app.open()
  const run = (f, ...args) => page.evaluate(`(${f})(window.poolhouse, ...${JSON.stringify(args)})`)
  const { poolId, clientId } = pools.required
  await run((p, userPoolId, userPoolClientId, userPoolEndpoint) => {
    p.Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint } } })
  }, poolId, clientId, endpoint)
  const first = await run((p, username, password) => p.auth.signIn({ username, password }), 'jane', password)
  assert.equal(first.isSignedIn, true)
  await run(p => p.auth.associateWebAuthnCredential())
  const { credentials } = await run(p => p.auth.listWebAuthnCredentials())
  assert.equal(credentials.length, 1)
  assert.equal(credentials[0].relyingPartyId, 'localhost')
  const held = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  assert.equal(Buffer.from(held.credentials[0].credentialId, 'base64').toString('base64url'), credentials[0].credentialId)
  assert.equal(held.credentials[0].rpId, 'localhost')
  await assert.rejects(run(p => p.auth.associateWebAuthnCredential()), 'the authenticator is excluded')

  await run(p => p.auth.signOut())
  for (let i = 0; i < 2; i++) {
    const again = await run((p, username) => p.auth.signIn({ username, options: { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' } }), 'jane')
    assert.equal(again.isSignedIn, true)
    const sub = await run(async p => (await p.auth.fetchAuthSession()).tokens.idToken.payload.sub)
    assert.match(sub, /^[0-9a-f-]{36}$/)
    await run(p => p.auth.signOut())
  }

  await run((p, username, password) => p.auth.signIn({ username, password }), 'jane', password)
  await run((p, credentialId) => p.auth.deleteWebAuthnCredential({ credentialId }), credentials[0].credentialId)
  await run(p => p.auth.signOut())
  const without = await run((p, username) => p.auth.signIn({ username, options: { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' } }), 'jane')
  assert.equal(without.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION')
  assert.ok(!without.nextStep.availableChallenges.includes('WEB_AUTHN'))
  await close()
})

test('a security key', async () => {
  const pool = pools.preferred
  const { page, close } = await app.open({ transport: 'usb' })
  const token = await signedIn(page, pool, 'joe')
  const { Credential, answer: registered } = await register(page, token)
  assert.deepEqual(registered, {})
  assert.equal(Credential.authenticatorAttachment, 'cross-platform')
  const { Credentials } = await call(page, 'ListWebAuthnCredentials', { AccessToken: token })
  assert.deepEqual(Credentials.map(c => [c.CredentialId, c.AuthenticatorAttachment, c.AuthenticatorTransports]), [[Credential.id, 'cross-platform', ['usb']]])
  const asked = await ask(page, pool, 'joe')
  const credential = await page.evaluate(o => window.poolhouse.get(o), asked.options)
  const done = await answer(page, pool, asked, 'joe', credential)
  assert.ok(done.AuthenticationResult.IdToken)
  // Once.
  assert.deepEqual(await answer(page, pool, asked, 'joe', credential), {
    error: 'NotAuthorizedException', message: 'Invalid session for the user, session can only be used once.',
  })
  await close()
})

test('user verification that the pool requires', async () => {
  const { page, close } = await app.open({ transport: 'usb', hasUserVerification: false, isUserVerified: false })
  const token = await signedIn(page, pools.required, 'joe')
  await assert.rejects(register(page, token), /NotAllowedError/)
  // A page that asks the browser for less than the server did.
  const { CredentialCreationOptions: options } = await call(page, 'StartWebAuthnRegistration', { AccessToken: token })
  assert.equal(options.authenticatorSelection.userVerification, 'required')
  options.authenticatorSelection = { userVerification: 'discouraged' }
  const weak = await page.evaluate(o => window.poolhouse.create(o), options)
  assert.equal((await call(page, 'CompleteWebAuthnRegistration', { AccessToken: token, Credential: weak })).error, 'WebAuthnCredentialNotSupportedException')
  await close()
})

test('a passkey of another user is refused', async () => {
  const { page, close } = await app.open()
  const pool = pools.preferred
  assert.deepEqual((await register(page, await signedIn(page, pool, 'ann'))).answer, {})
  const theirs = await ask(page, pool, 'ann')
  const { page: second, close: closeSecond } = await app.open()
  assert.deepEqual((await register(second, await signedIn(second, pool, 'jane'))).answer, {})
  const asked = await ask(page, pool, 'jane')
  // Ann's authenticator signs the challenge of jane's sign-in.
  const credential = await page.evaluate(o => window.poolhouse.get(o), { ...asked.options, allowCredentials: theirs.options.allowCredentials })
  assert.deepEqual(await answer(page, pool, asked, 'jane', credential), { error: 'NotAuthorizedException', message: 'Incorrect username or password.' })
  await close()
  await closeSecond()
})

test('a page of another site gets no passkey', async () => {
  const { page, close } = await app.open({}, '127.0.0.1')
  // Chromium has no credentials on a page whose host is an address.
  await assert.rejects(register(page, await signedIn(page, pools.preferred, 'ann')), /SecurityError|invalid domain/)
  await close()
})
