// The JavaScript SDK: sign-up, recovery, attributes, sign-out and sessions, and
// what is refused.
import { before, test } from 'node:test'
import assert from 'node:assert/strict'
import {
  AdminGetUserCommand, AdminListUserSessionsCommand, AdminRevokeUserSessionCommand, ChangePasswordCommand, ConfirmForgotPasswordCommand, ConfirmSignUpCommand,
  DeleteUserAttributesCommand, DeleteUserCommand, ForgotPasswordCommand, GetUserAttributeVerificationCodeCommand, GetUserCommand, GlobalSignOutCommand, ListUserSessionsCommand,
  ResendConfirmationCodeCommand, RevokeTokenCommand, RevokeUserSessionCommand, SetUserPoolSessionConfigurationCommand, SignUpCommand, UpdateUserAttributesCommand, VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { email, password, refused, userPoolsAt } from './setup.mjs'
import { codeFor, pass, wrong } from './proofs.mjs'
import { World } from './world.mjs'

const attributes = out => Object.fromEntries(out.UserAttributes.map(a => [a.Name, a.Value]))
const badCode = refused('CodeMismatchException', 'Invalid verification code provided, please try again.')
const expired = refused('ExpiredCodeException', 'Invalid code provided, please request a code again.')
const revoked = refused('NotAuthorizedException', 'Access Token has been revoked')
const limited = refused('LimitExceededException', 'Attempt limit exceeded, please try after some time.')
const nobody = refused('UserNotFoundException', 'Username/client id combination not found.')

let w, hidden
before(async () => {
  w = await World.make()
  hidden = await w.with({ PreventUserExistenceErrors: 'ENABLED' })
})

const signUp = (world, Username, more) => world.call(SignUpCommand, { Username, Password: password, UserAttributes: [{ Name: 'email', Value: Username }], ...more })
const confirm = (world, Username, ConfirmationCode, more) => world.call(ConfirmSignUpCommand, { Username, ConfirmationCode, ...more })

test('sign-up', async () => {
  const name = email()
  const up = await signUp(w, name)
  assert.equal(up.UserConfirmed, false)
  assert.deepEqual(up.CodeDeliveryDetails, { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'u***@e***' })
  await assert.rejects(signUp(w, name), refused('UsernameExistsException', 'An account with the given email already exists.'))
  await assert.rejects(signUp(w, 'jane'), refused('InvalidParameterException', 'Username should be an email.'))
  await assert.rejects(signUp(w, email(), { Password: 'lower-case-7' }), refused('InvalidPasswordException', 'Password did not conform with policy: Password must have uppercase characters'))
  await assert.rejects(w.initiate('USER_PASSWORD_AUTH', { USERNAME: name, PASSWORD: password }), refused('UserNotConfirmedException', 'User is not confirmed.'))
  const code = await codeFor(name)
  await assert.rejects(confirm(w, name, wrong(code)), badCode)
  await assert.rejects(confirm(w, email(), code), nobody)
  await w.call(ResendConfirmationCodeCommand, { Username: name })
  const fresh = await codeFor(name)
  if (fresh !== code) await assert.rejects(confirm(w, name, code), badCode)
  const { Session } = await confirm(w, name, fresh, { Session: up.Session })
  await assert.rejects(confirm(w, name, fresh), refused('NotAuthorizedException', 'User cannot be confirmed. Current status is CONFIRMED'))
  await assert.rejects(w.call(ResendConfirmationCodeCommand, { Username: name }), refused('InvalidParameterException', 'User is already confirmed.'))
  // The confirmation is a sign-in.
  const out = await w.initiate('USER_AUTH', { USERNAME: name }, { Session })
  assert.ok(out.AuthenticationResult.IdToken)
  await assert.rejects(w.initiate('USER_AUTH', { USERNAME: name }, { Session }), refused('NotAuthorizedException', 'Invalid session for the user, session can only be used once.'))
  assert.equal(attributes(await w.admin(AdminGetUserCommand, { Username: name })).email_verified, 'true')
})

test('limits of codes', async () => {
  const name = email()
  await signUp(w, name)
  for (let i = 0; i < 5; i++) await w.call(ResendConfirmationCodeCommand, { Username: name })
  await assert.rejects(w.call(ResendConfirmationCodeCommand, { Username: name }), limited)
  const code = await codeFor(name)
  for (let i = 0; i < 15; i++) await assert.rejects(confirm(w, name, wrong(code)), badCode)
  await assert.rejects(confirm(w, name, code), limited)
})

test('a forgotten password', async () => {
  const { username } = await w.user()
  const forgot = Username => w.call(ForgotPasswordCommand, { Username })
  const reset = (Username, ConfirmationCode, Password = 'Another-horse-8') => w.call(ConfirmForgotPasswordCommand, { Username, ConfirmationCode, Password })
  await assert.rejects(reset(username, '123456'), expired, 'no code was asked for')
  assert.deepEqual((await forgot(username)).CodeDeliveryDetails, { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'u***@e***' })
  const code = await codeFor(username)
  await assert.rejects(reset(username, wrong(code)), refused('CodeMismatchException', 'Invalid verification code provided, please try again.'))
  await assert.rejects(reset(username, code, 'short'), refused('InvalidPasswordException', 'Password did not conform with policy: Password not long enough'))
  await reset(username, code)
  await assert.rejects(reset(username, code), expired)
  await assert.rejects(w.tokens(username), refused('NotAuthorizedException', 'Incorrect username or password.'))
  await w.tokens(username, 'Another-horse-8')
  await assert.rejects(forgot(email()), nobody)
  const simulated = await hidden.call(ForgotPasswordCommand, { Username: 'zoe@nowhere.example' })
  assert.equal(simulated.CodeDeliveryDetails.Destination, 'z***@n***')
  const { username: unverified } = await w.user({ email_verified: 'false' })
  await assert.rejects(forgot(unverified), refused('InvalidParameterException', 'Cannot reset password for the user as there is no registered/verified email or phone_number'))
})

test('another password', async () => {
  const { username } = await w.user()
  const { AccessToken } = await w.tokens(username)
  const change = (PreviousPassword, ProposedPassword) => w.api.send(new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword }))
  await assert.rejects(change('Wrong-horse-7', 'Another-horse-8'), refused('NotAuthorizedException', 'Incorrect username or password.'))
  await assert.rejects(change(password, 'Nodigits-x'), refused('InvalidPasswordException', 'Password did not conform with policy: Password must have numeric characters'))
  await change(password, 'Another-horse-8')
  await w.tokens(username, 'Another-horse-8')
})

test('attributes and their verification', async () => {
  const { username } = await w.user()
  const { AccessToken } = await w.tokens(username)
  const update = UserAttributes => w.api.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }))
  const verify = (AttributeName, Code) => w.api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName, Code }))
  const user = async () => attributes(await w.api.send(new GetUserCommand({ AccessToken })))
  const next = email()
  assert.equal((await update([{ Name: 'email', Value: next }, { Name: 'given_name', Value: 'Ada' }])).CodeDeliveryDetailsList[0].AttributeName, 'email')
  assert.deepEqual([(await user()).email, (await user()).email_verified], [next, 'false'])
  const code = await codeFor(next)
  await assert.rejects(verify('email', wrong(code)), badCode)
  await verify('email', code)
  await assert.rejects(verify('email', code), expired)
  assert.equal((await user()).email_verified, 'true')
  const taken = await w.user()
  await assert.rejects(update([{ Name: 'email', Value: taken.username }]), refused('AliasExistsException', /already exists/))
  await assert.rejects(update([{ Name: 'custom:none', Value: 'x' }]), refused('InvalidParameterException', /^Attributes did not conform to the schema: custom:none: Attribute does not exist in the schema\./))
  await assert.rejects(update([{ Name: 'email_verified', Value: 'true' }]), refused('InvalidParameterException', 'Cannot modify the non-mutable attribute email_verified'))
  await assert.rejects(update([{ Name: 'email', Value: 'nowhere' }]), refused('InvalidParameterException', 'Invalid email address format.'))
  await update([{ Name: 'phone_number', Value: '+15550001234' }])
  await w.api.send(new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: 'phone_number' }))
  await verify('phone_number', await codeFor('+15550001234'))
  assert.equal((await user()).phone_number_verified, 'true')
  await w.api.send(new DeleteUserAttributesCommand({ AccessToken, UserAttributeNames: ['given_name'] }))
  assert.equal((await user()).given_name, undefined)
})

test('an address that is verified before it changes', async () => {
  const strict = await World.make({ pool: { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } } })
  const { username } = await strict.user()
  const { AccessToken } = await strict.tokens(username)
  const next = email()
  await strict.api.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name: 'email', Value: next }] }))
  const user = async () => attributes(await strict.api.send(new GetUserCommand({ AccessToken })))
  assert.equal((await user()).email, username)
  await strict.tokens(username)
  await strict.api.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code: await codeFor(next) }))
  assert.deepEqual([(await user()).email, (await user()).email_verified], [next, 'true'])
  await strict.tokens(next)
  await assert.rejects(strict.tokens(username), refused('UserNotFoundException', 'User does not exist.'))
})

test('sign-out', async () => {
  const { username } = await w.user()
  const [first, second] = [await w.tokens(username), await w.tokens(username)]
  const getUser = AccessToken => w.api.send(new GetUserCommand({ AccessToken }))
  const refresh = REFRESH_TOKEN => w.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN })
  const gone = refused('NotAuthorizedException', 'Refresh Token has been revoked')
  await w.call(RevokeTokenCommand, { Token: first.RefreshToken })
  await w.call(RevokeTokenCommand, { Token: first.RefreshToken })
  await assert.rejects(refresh(first.RefreshToken), gone)
  await assert.rejects(getUser(first.AccessToken), revoked)
  await getUser(second.AccessToken)
  await assert.rejects(w.call(RevokeTokenCommand, { Token: second.AccessToken }), refused('UnsupportedTokenTypeException', /./))
  await assert.rejects(w.call(RevokeTokenCommand, { Token: second.RefreshToken, ClientId: 'a'.repeat(26) }), refused('UnauthorizedException', /./))
  const off = await w.with({ EnableTokenRevocation: false })
  await assert.rejects(off.call(RevokeTokenCommand, { Token: (await off.tokens(username)).RefreshToken }), refused('UnsupportedOperationException', /./))

  await w.api.send(new GlobalSignOutCommand({ AccessToken: second.AccessToken }))
  await assert.rejects(getUser(second.AccessToken), revoked)
  await assert.rejects(refresh(second.RefreshToken), gone)
  await assert.rejects(w.api.send(new GlobalSignOutCommand({ AccessToken: second.AccessToken })), revoked)
  await assert.rejects(getUser(second.IdToken), refused('NotAuthorizedException', 'Invalid Access Token'))
})

test('deletion', async () => {
  const { username } = await w.user()
  const { AccessToken, RefreshToken } = await w.tokens(username)
  await assert.rejects(w.api.send(new DeleteUserCommand({ AccessToken: 'x.y.z' })), refused('NotAuthorizedException', 'Invalid Access Token'))
  await w.api.send(new DeleteUserCommand({ AccessToken }))
  const unknown = refused('UserNotFoundException', 'User does not exist.')
  await assert.rejects(w.api.send(new GetUserCommand({ AccessToken })), unknown)
  await assert.rejects(w.initiate('REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: RefreshToken }), unknown)
  await assert.rejects(w.tokens(username), unknown)
  await signUp(w, username)
})

test('user sessions', async () => {
  const tracking = await World.make()
  await tracking.admin(SetUserPoolSessionConfigurationCommand, { UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 3 } })
  const [jane, john] = [await tracking.user(), await tracking.user()]
  const [first, second] = [await tracking.tokens(jane.username), await tracking.tokens(jane.username)]
  const { AccessToken: theirs } = await tracking.tokens(john.username)
  const list = async AccessToken => (await tracking.api.send(new ListUserSessionsCommand({ AccessToken }))).Sessions
  const sessions = await list(first.AccessToken)
  assert.equal(sessions.length, 2)
  assert.equal((await tracking.admin(AdminListUserSessionsCommand, { Username: jane.username })).Sessions.length, 2)
  const { SessionId } = sessions[0]
  await assert.rejects(tracking.api.send(new RevokeUserSessionCommand({ AccessToken: theirs, SessionId })))
  await tracking.api.send(new RevokeUserSessionCommand({ AccessToken: second.AccessToken, SessionId: sessions[1].SessionId }))
  const left = await list(second.AccessToken)
  assert.deepEqual(left.map(s => s.SessionId), [SessionId])
  await assert.rejects(list(first.AccessToken), revoked)
  await tracking.admin(AdminRevokeUserSessionCommand, { Username: jane.username, SessionId })
  await assert.rejects(list(second.AccessToken), revoked)
  await assert.rejects(list((await w.tokens((await w.user()).username)).AccessToken))
})

test('codes end', async () => {
  const at = process.env.POOLHOUSE_ENDPOINT_CLOCK
  assert.ok(at, 'POOLHOUSE_ENDPOINT_CLOCK is not set')
  const t = await World.make({ api: userPoolsAt(at), at })
  const name = email()
  await signUp(t, name)
  const { username } = await t.user()
  await t.call(ForgotPasswordCommand, { Username: username })
  const code = await codeFor(username, at)
  const { AccessToken } = await t.tokens(username)
  await pass('1h', at)
  await assert.rejects(t.call(ConfirmForgotPasswordCommand, { Username: username, ConfirmationCode: code, Password: 'Another-horse-8' }), expired)
  await assert.rejects(t.api.send(new GetUserCommand({ AccessToken })), refused('NotAuthorizedException', 'Access Token has expired'))
  const first = await codeFor(name, at)
  await pass('23h', at)
  await assert.rejects(confirm(t, name, first), expired)
  await t.call(ResendConfirmationCodeCommand, { Username: name })
  await confirm(t, name, await codeFor(name, at))
})
