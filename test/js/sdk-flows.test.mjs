// The JavaScript SDK: each flow of (Admin)InitiateAuth, and what is refused.
import { before, test } from 'node:test'
import assert from 'node:assert/strict'
import {
  AdminDisableUserCommand, AdminResetUserPasswordCommand, CompleteWebAuthnRegistrationCommand, ConfirmForgotPasswordCommand, ConfirmSignUpCommand,
  ForgotPasswordCommand, GetTokensFromRefreshTokenCommand, ResendConfirmationCodeCommand, RevokeTokenCommand, SignUpCommand, StartWebAuthnRegistrationCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { email, password, refused, userPoolsAt } from './setup.mjs'
import { authenticator, codeFor, modulus, pass, secretHash, srp, wrong } from './proofs.mjs'
import { riddle, World } from './world.mjs'

const badCredentials = refused('NotAuthorizedException', 'Incorrect username or password.')
const used = refused('NotAuthorizedException', 'Invalid session for the user, session can only be used once.')
const expired = refused('NotAuthorizedException', 'Invalid session for the user, session is expired.')
const foreign = refused('NotAuthorizedException', 'Invalid session for the user.')
const signedIn = out => {
  assert.deepEqual([out.ChallengeName, out.ChallengeParameters], [undefined, {}])
  const r = out.AuthenticationResult
  assert.ok(r.IdToken && r.AccessToken && r.TokenType === 'Bearer' && r.ExpiresIn === 3600)
  return r
}
const flip = text => (text[0] === 'A' ? 'B' : 'A') + text.slice(1)

let w, hidden, secret, bare
before(async () => {
  w = await World.make({
    pool: {
      LambdaConfig: riddle,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] } },
    },
  });
  [hidden, secret, bare] = await Promise.all([
    w.with({ PreventUserExistenceErrors: 'ENABLED' }), w.with({ GenerateSecret: true }), w.with({ ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] }),
  ])
})

// begin starts SRP.
async function begin (world, USERNAME) {
  const exchange = srp()
  const challenge = await world.initiate('USER_SRP_AUTH', { USERNAME, SRP_A: exchange.SRP_A })
  assert.equal(challenge.ChallengeName, 'PASSWORD_VERIFIER')
  return { challenge, prove: pw => exchange.prove(challenge, world.poolId, pw, world.at) }
}

test('USER_SRP_AUTH', async () => {
  const [jane, john] = [await w.user(), await w.user()]
  const { challenge, prove } = await begin(w, jane.username)
  assert.deepEqual(Object.keys(challenge.ChallengeParameters).sort(), ['SALT', 'SECRET_BLOCK', 'SRP_B', 'USERNAME', 'USER_ID_FOR_SRP'])
  const proof = await prove(password)
  const { IdToken } = signedIn(await w.respond(challenge, proof))
  assert.equal(JSON.parse(Buffer.from(IdToken.split('.')[1], 'base64url')).sub, jane.sub)
  await assert.rejects(w.respond(challenge, proof), used)

  for (const SRP_A of ['0', '00', modulus, 'zz']) {
    await assert.rejects(w.initiate('USER_SRP_AUTH', { USERNAME: jane.username, SRP_A }), refused('InvalidParameterException', 'Invalid SRP_A.'))
  }
  await assert.rejects(w.initiate('USER_SRP_AUTH', { USERNAME: jane.username }), refused('InvalidParameterException', 'Missing required parameter SRP_A'))
  const changes = {
    'a forged signature': r => { r.PASSWORD_CLAIM_SIGNATURE = flip(r.PASSWORD_CLAIM_SIGNATURE) },
    'a changed block': r => { r.PASSWORD_CLAIM_SECRET_BLOCK = flip(r.PASSWORD_CLAIM_SECRET_BLOCK) },
    'another name': r => { r.USERNAME = john.username },
  }
  for (const [what, change] of Object.entries(changes)) {
    const { challenge, prove } = await begin(w, jane.username)
    const forged = await prove(password)
    change(forged)
    await assert.rejects(w.respond(challenge, forged), badCredentials, what)
  }
  const again = await begin(w, jane.username)
  await assert.rejects(w.respond(again.challenge, await again.prove('Wrong-horse-7')), badCredentials)
  signedIn(await w.respond(again.challenge, await again.prove(password)))
  await assert.rejects(bare.initiate('USER_SRP_AUTH', { USERNAME: jane.username, SRP_A: srp().SRP_A }), refused('InvalidParameterException', 'USER_SRP_AUTH is not enabled for the client.'))
  await assert.rejects(w.initiate('USER_SRP_AUTH', { USERNAME: email(), SRP_A: srp().SRP_A }), refused('UserNotFoundException', 'User does not exist.'))
})

test('USER_SRP_AUTH of a name that nobody has', async () => {
  const nobody = email()
  const [first, second] = [await begin(hidden, nobody), await begin(hidden, nobody)]
  const { SALT, USER_ID_FOR_SRP: id } = first.challenge.ChallengeParameters
  assert.deepEqual([second.challenge.ChallengeParameters.SALT, second.challenge.ChallengeParameters.USER_ID_FOR_SRP], [SALT, id])
  assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.notEqual((await begin(hidden, email())).challenge.ChallengeParameters.SALT, SALT)
  await assert.rejects(hidden.respond(first.challenge, await first.prove(password)), badCredentials)
})

test('SECRET_HASH', async () => {
  const { username, sub } = await w.user()
  const parameters = { USERNAME: username, PASSWORD: password }
  signedIn(await secret.initiate('USER_PASSWORD_AUTH', parameters))
  const unable = refused('NotAuthorizedException', `Unable to verify secret hash for client ${secret.clientId}`)
  const missing = refused('NotAuthorizedException', `Client ${secret.clientId} is configured with secret but SECRET_HASH was not received`)
  const of = (name, s = secret.secret) => ({ SECRET_HASH: secretHash(name, secret.clientId, s) })
  for (const flow of ['USER_PASSWORD_AUTH', 'USER_SRP_AUTH', 'USER_AUTH', 'CUSTOM_AUTH']) {
    const all = { ...parameters, SRP_A: srp().SRP_A }
    await assert.rejects(secret.initiate(flow, { ...all, SECRET_HASH: undefined }), missing, flow)
    await assert.rejects(secret.initiate(flow, { ...all, ...of(sub) }), unable, flow)
    await assert.rejects(secret.initiate(flow, { ...all, ...of(username, 'another') }), unable, flow)
  }
  await assert.rejects(secret.adminInitiate('ADMIN_USER_PASSWORD_AUTH', { ...parameters, ...of('x') }), unable)
  const { challenge, prove } = await begin(secret, username)
  const proof = await prove(password)
  await assert.rejects(secret.respond(challenge, { ...proof, SECRET_HASH: undefined }), missing)
  await assert.rejects(secret.respond(challenge, { ...proof, ...of('x') }), unable)
  const { RefreshToken: REFRESH_TOKEN } = signedIn(await secret.respond(challenge, proof))
  await assert.rejects(secret.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN, SECRET_HASH: undefined }), missing)
  await assert.rejects(secret.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN, ...of('x') }), unable)
  signedIn(await secret.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN, ...of(sub) }))
  const newcomer = { Username: email(), Password: password }
  await assert.rejects(secret.call(SignUpCommand, newcomer), missing)
  await assert.rejects(secret.call(SignUpCommand, { ...newcomer, SecretHash: of('x').SECRET_HASH }), unable)
  await assert.rejects(secret.call(ConfirmSignUpCommand, { Username: username, ConfirmationCode: '123456' }), missing)
  await assert.rejects(secret.call(ResendConfirmationCodeCommand, { Username: username, SecretHash: of('x').SECRET_HASH }), unable)
  await assert.rejects(secret.call(ConfirmForgotPasswordCommand, { Username: username, ConfirmationCode: '123456', Password: password, SecretHash: of('x').SECRET_HASH }), unable)
  await assert.rejects(secret.call(ForgotPasswordCommand, { Username: username }), missing)
  await assert.rejects(secret.call(ForgotPasswordCommand, { Username: username, SecretHash: of('x').SECRET_HASH }), unable)
  await assert.rejects(w.initiate('USER_PASSWORD_AUTH', { ...parameters, ...of(username) }), refused('NotAuthorizedException', `Unable to verify secret hash for client ${w.clientId}`))
})

test('USER_PASSWORD_AUTH', async () => {
  const { username } = await w.user()
  const parameters = { USERNAME: username, PASSWORD: password }
  signedIn(await w.initiate('USER_PASSWORD_AUTH', parameters))
  await assert.rejects(w.initiate('USER_PASSWORD_AUTH', { ...parameters, PASSWORD: 'Wrong-horse-7' }), badCredentials)
  await assert.rejects(w.initiate('USER_PASSWORD_AUTH', { USERNAME: username }), refused('InvalidParameterException', 'Missing required parameter PASSWORD'))
  await assert.rejects(w.initiate('USER_PASSWORD_AUTH', { USERNAME: email(), PASSWORD: password }), refused('UserNotFoundException', 'User does not exist.'))
  await assert.rejects(hidden.initiate('USER_PASSWORD_AUTH', { USERNAME: email(), PASSWORD: password }), badCredentials)
  await assert.rejects(bare.initiate('USER_PASSWORD_AUTH', parameters), refused('InvalidParameterException', 'USER_PASSWORD_AUTH flow not enabled for this client'))
  await assert.rejects(w.adminInitiate('USER_PASSWORD_AUTH', parameters), refused('InvalidParameterException', 'Initiate Auth method not supported.'))
  const other = await World.make()
  await assert.rejects(other.initiate('USER_PASSWORD_AUTH', parameters), refused('UserNotFoundException', 'User does not exist.'))
  await w.admin(AdminDisableUserCommand, { Username: username })
  await assert.rejects(w.initiate('USER_PASSWORD_AUTH', parameters), refused('NotAuthorizedException', 'User is disabled.'))
})

for (const flow of ['ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH']) {
  test(flow, async () => {
    const { username } = await w.user()
    const parameters = { USERNAME: username, PASSWORD: password }
    signedIn(await w.adminInitiate(flow, parameters))
    await assert.rejects(w.adminInitiate(flow, { ...parameters, PASSWORD: 'Wrong-horse-7' }), badCredentials)
    await assert.rejects(w.initiate(flow, parameters), refused('InvalidParameterException', 'Initiate Auth method not supported.'))
    await assert.rejects(bare.adminInitiate(flow, parameters), refused('InvalidParameterException', 'Auth flow not enabled for this client'))
    const legacy = await w.with({ ExplicitAuthFlows: ['ADMIN_NO_SRP_AUTH'] })
    signedIn(await legacy.adminInitiate(flow, parameters))
    await assert.rejects(legacy.initiate('USER_PASSWORD_AUTH', parameters), refused('InvalidParameterException', 'USER_PASSWORD_AUTH flow not enabled for this client'))
  })
}

test('REFRESH_TOKEN_AUTH', async () => {
  const { username } = await w.user()
  const { RefreshToken: REFRESH_TOKEN } = await w.tokens(username)
  for (const flow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN']) {
    assert.equal(signedIn(await w.initiate(flow, { REFRESH_TOKEN })).RefreshToken, undefined)
    signedIn(await w.adminInitiate(flow, { REFRESH_TOKEN }))
  }
  const text = message => refused('NotAuthorizedException', message)
  await assert.rejects(w.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: flip(REFRESH_TOKEN) }), text('Invalid Refresh Token'))
  await assert.rejects(hidden.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN }), text('Refresh Token has different Client.'))
  await w.call(RevokeTokenCommand, { Token: REFRESH_TOKEN })
  await assert.rejects(w.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN }), text('Refresh Token has been revoked'))
})

test('CUSTOM_AUTH', async () => {
  const [jane, john] = [await w.user(), await w.user()]
  const start = () => w.initiate('CUSTOM_AUTH', { USERNAME: jane.username })
  const challenge = await start()
  assert.equal(challenge.ChallengeName, 'CUSTOM_CHALLENGE')
  assert.deepEqual(challenge.ChallengeParameters, { USERNAME: jane.sub, question: 'six times seven' })
  await assert.rejects(w.respond(challenge, { USERNAME: john.username, ANSWER: '42' }), foreign)
  const again = await w.respond(challenge, { USERNAME: jane.username, ANSWER: '41' })
  assert.equal(again.ChallengeName, 'CUSTOM_CHALLENGE')
  await assert.rejects(w.respond(challenge, { USERNAME: jane.username, ANSWER: '42' }), used)
  signedIn(await w.respond(again, { USERNAME: jane.username, ANSWER: '42' }))
  const third = await w.respond(await start(), { USERNAME: jane.username, ANSWER: '41' })
  await assert.rejects(w.respond(third, { USERNAME: jane.username, ANSWER: '41' }), badCredentials)
  signedIn(await w.adminRespond(await w.adminInitiate('CUSTOM_AUTH', { USERNAME: jane.username }), { USERNAME: jane.username, ANSWER: '42' }))
  await assert.rejects(bare.initiate('CUSTOM_AUTH', { USERNAME: jane.username }), refused('InvalidParameterException', 'CUSTOM_AUTH is not enabled for the client.'))
  const plain = await World.make()
  const { username } = await plain.user()
  await assert.rejects(plain.initiate('CUSTOM_AUTH', { USERNAME: username }), refused('InvalidParameterException', 'Custom auth lambda trigger is not configured for the user pool.'))
})

test('CUSTOM_AUTH that starts with SRP', async () => {
  const { username } = await w.user()
  const start = async () => {
    const exchange = srp()
    const challenge = await w.initiate('CUSTOM_AUTH', { USERNAME: username, CHALLENGE_NAME: 'SRP_A', SRP_A: exchange.SRP_A })
    assert.equal(challenge.ChallengeName, 'PASSWORD_VERIFIER')
    return { challenge, prove: pw => exchange.prove(challenge, w.poolId, pw) }
  }
  const { challenge, prove } = await start()
  const next = await w.respond(challenge, await prove(password))
  assert.equal(next.ChallengeName, 'CUSTOM_CHALLENGE')
  signedIn(await w.respond(next, { USERNAME: username, ANSWER: '42' }))
  const second = await start()
  await assert.rejects(w.respond(second.challenge, await second.prove('Wrong-horse-7')), badCredentials)
  await assert.rejects(w.initiate('CUSTOM_AUTH', { USERNAME: username, CHALLENGE_NAME: 'SRP_A', SRP_A: '0' }), refused('InvalidParameterException', 'Invalid SRP_A.'))
})

test('USER_AUTH with a password', async () => {
  const { username } = await w.user()
  const choice = await w.initiate('USER_AUTH', { USERNAME: username })
  assert.equal(choice.ChallengeName, 'SELECT_CHALLENGE')
  assert.deepEqual(choice.AvailableChallenges, ['EMAIL_OTP', 'PASSWORD_SRP', 'PASSWORD'])
  await assert.rejects(w.respond(choice, { USERNAME: username, ANSWER: 'SMS_OTP' }), refused('InvalidParameterException', 'Invalid challenge response.'))
  const asked = await w.respond(choice, { USERNAME: username, ANSWER: 'PASSWORD' })
  assert.equal(asked.ChallengeName, 'PASSWORD')
  await assert.rejects(w.respond(choice, { USERNAME: username, ANSWER: 'PASSWORD' }), used)
  await assert.rejects(w.respond(asked, { USERNAME: username, PASSWORD: 'Wrong-horse-7' }), badCredentials)
  signedIn(await w.respond(asked, { USERNAME: username, PASSWORD: password }))
  signedIn(await w.initiate('USER_AUTH', { USERNAME: username, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password }))
  signedIn(await w.respond(await w.initiate('USER_AUTH', { USERNAME: username }), { USERNAME: username, ANSWER: 'PASSWORD', PASSWORD: password }))
  await assert.rejects(w.initiate('USER_AUTH', { USERNAME: username, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: 'Wrong-horse-7' }), badCredentials)

  const exchange = srp()
  const verifier = await w.initiate('USER_AUTH', { USERNAME: username, PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: exchange.SRP_A })
  assert.equal(verifier.ChallengeName, 'PASSWORD_VERIFIER')
  const proof = await exchange.prove(verifier, w.poolId, password)
  await assert.rejects(w.respond({ ...verifier, Session: undefined }, proof), foreign)
  signedIn(await w.respond(verifier, proof))
  const step = await w.respond(await w.initiate('USER_AUTH', { USERNAME: username }), { USERNAME: username, ANSWER: 'PASSWORD_SRP', SRP_A: exchange.SRP_A })
  await assert.rejects(w.respond(step, await exchange.prove(step, w.poolId, 'Wrong-horse-7')), badCredentials)
  await assert.rejects(bare.initiate('USER_AUTH', { USERNAME: username }), refused('InvalidParameterException', 'USER_AUTH is not enabled for the client.'))
})

test('USER_AUTH with one-time codes', async () => {
  const phone = '+1555' + String(Math.random()).slice(2, 9)
  const { username } = await w.user({ phone_number: phone, phone_number_verified: 'true' })
  const other = await w.user()
  for (const [name, to] of [['EMAIL_OTP', username], ['SMS_OTP', phone]]) {
    const challenge = await w.initiate('USER_AUTH', { USERNAME: username, PREFERRED_CHALLENGE: name })
    assert.equal(challenge.ChallengeName, name)
    assert.match(challenge.ChallengeParameters.CODE_DELIVERY_DESTINATION, name === 'EMAIL_OTP' ? /^u\*\*\*@e\*\*\*$/ : /^\+\*{7}\d{4}$/)
    const code = await codeFor(to)
    assert.equal(code.length, name === 'EMAIL_OTP' ? 8 : 6)
    const answer = (c, USERNAME = username) => w.respond(challenge, { USERNAME, [`${name}_CODE`]: c })
    await assert.rejects(answer(wrong(code)), refused('CodeMismatchException', 'Invalid code or auth state for the user.'))
    await assert.rejects(answer(code, other.username), foreign)
    signedIn(await answer(code))
    await assert.rejects(answer(code), used)
    // The code of one sign-in is none in another.
    const next = await w.respond(await w.initiate('USER_AUTH', { USERNAME: username }), { USERNAME: username, ANSWER: name })
    await assert.rejects(w.respond(next, { USERNAME: username, [`${name}_CODE`]: code }), refused('CodeMismatchException', 'Invalid code or auth state for the user.'))
  }
  const nobody = await hidden.initiate('USER_AUTH', { USERNAME: email(), PREFERRED_CHALLENGE: 'EMAIL_OTP' })
  assert.equal(nobody.ChallengeName, 'EMAIL_OTP')
})

test('USER_AUTH with a passkey', async () => {
  const [jane, john] = [await w.user(), await w.user()]
  const { AccessToken } = await w.tokens(jane.username)
  const key = authenticator()
  const { CredentialCreationOptions: options } = await w.api.send(new StartWebAuthnRegistrationCommand({ AccessToken }))
  await w.api.send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential: key.create(options) }))
  const start = async () => {
    const challenge = await w.initiate('USER_AUTH', { USERNAME: jane.username, PREFERRED_CHALLENGE: 'WEB_AUTHN' })
    assert.equal(challenge.ChallengeName, 'WEB_AUTHN')
    return { challenge, options: JSON.parse(challenge.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS) }
  }
  const answer = (challenge, credential, USERNAME = jane.username) => w.respond(challenge, { USERNAME, CREDENTIAL: JSON.stringify(credential) })
  const first = await start()
  const assertion = key.get(first.options)
  await assert.rejects(answer(first.challenge, assertion, john.username), foreign)
  signedIn(await answer(first.challenge, assertion))
  await assert.rejects(answer(first.challenge, assertion), used)
  const second = await start()
  await assert.rejects(answer(second.challenge, assertion), badCredentials, 'the answer to another challenge')
  const third = await start()
  const forged = key.get(third.options)
  forged.response.signature = authenticator().get(third.options).response.signature
  await assert.rejects(answer(third.challenge, forged), badCredentials)
  const without = await w.initiate('USER_AUTH', { USERNAME: john.username, PREFERRED_CHALLENGE: 'WEB_AUTHN' })
  assert.equal(without.ChallengeName, 'SELECT_CHALLENGE')
  assert.ok(!without.AvailableChallenges.includes('WEB_AUTHN'))
})

test('a password that an administrator reset', async () => {
  const { username } = await w.user()
  await w.admin(AdminResetUserPasswordCommand, { Username: username })
  const reset = refused('PasswordResetRequiredException', 'Password reset required for the user')
  await assert.rejects(w.initiate('USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: password }), reset)
  await assert.rejects(w.initiate('USER_SRP_AUTH', { USERNAME: username, SRP_A: srp().SRP_A }), reset)
  const code = await codeFor(username)
  await w.call(ConfirmForgotPasswordCommand, { Username: username, ConfirmationCode: code, Password: 'Another-horse-8' })
  signedIn(await w.initiate('USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: 'Another-horse-8' }))
})

// The lock after the tenth failure is the first that is long enough to be seen
// on a slow machine.
test('lock-out', async () => {
  const at = process.env.POOLHOUSE_ENDPOINT_CLOCK
  assert.ok(at, 'POOLHOUSE_ENDPOINT_CLOCK is not set')
  const t = await World.make({ api: userPoolsAt(at), at })
  const { username } = await t.user()
  const fail = () => assert.rejects(t.initiate('USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: 'Wrong-horse-7' }), badCredentials)
  for (let i = 0; i < 5; i++) await fail()
  for (let lock = 1; lock <= 16; lock *= 2) {
    await pass(`${lock}s`, at)
    await fail()
  }
  const locked = refused('NotAuthorizedException', 'Password attempts exceeded')
  await assert.rejects(t.initiate('USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: password }), locked)
  await assert.rejects(t.adminInitiate('ADMIN_USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: password }), locked)
  await pass('32s', at)
  signedIn(await t.initiate('USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: password }))
})

// What ends with time, on a server whose clock no other test reads.
test('sessions, tokens and grace periods end', async () => {
  const at = process.env.POOLHOUSE_ENDPOINT_CLOCK
  assert.ok(at, 'POOLHOUSE_ENDPOINT_CLOCK is not set')
  const t = await World.make({
    api: userPoolsAt(at), at, pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
    client: { RefreshTokenValidity: 1, AccessTokenValidity: 5, TokenValidityUnits: { RefreshToken: 'hours', AccessToken: 'minutes' } },
  })
  const { username } = await t.user()
  const { challenge, prove } = await begin(t, username)
  const otp = await t.initiate('USER_AUTH', { USERNAME: username, PREFERRED_CHALLENGE: 'EMAIL_OTP' })
  const { RefreshToken: REFRESH_TOKEN } = await t.tokens(username)
  await pass('3m', at)
  await assert.rejects(t.respond(challenge, await prove(password)), expired)
  await assert.rejects(t.respond(otp, { USERNAME: username, EMAIL_OTP_CODE: await codeFor(username, at) }), expired)

  const rotating = await t.with({
    ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'], GenerateSecret: true, RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
  })
  const first = (await rotating.tokens(username)).RefreshToken
  const renew = (RefreshToken, ClientSecret = rotating.secret) => rotating.call(GetTokensFromRefreshTokenCommand, { RefreshToken, ClientSecret })
  await assert.rejects(renew(first, null), refused('NotAuthorizedException', `Client ${rotating.clientId} is configured with secret but client secret was not received`))
  await assert.rejects(renew(first, 'x'.repeat(52)), refused('NotAuthorizedException', `Unable to verify client secret for client ${rotating.clientId}`))
  await assert.rejects(rotating.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: first }), refused('InvalidParameterException', 'Auth flow not enabled for this client'))
  const second = (await renew(first)).AuthenticationResult
  assert.ok(second.IdToken && second.RefreshToken !== first)
  await pass('9s', at)
  assert.ok((await renew(first)).AuthenticationResult.RefreshToken, 'within the grace period')
  await pass('2s', at)
  await assert.rejects(renew(first), refused('RefreshTokenReuseException', 'Refresh token has already been used.'))
  await assert.rejects(renew('x.y'), refused('NotAuthorizedException', 'Invalid Refresh Token'))

  await t.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN })
  await pass('1h', at)
  await assert.rejects(t.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN }), refused('NotAuthorizedException', 'Refresh Token has expired'))
})
