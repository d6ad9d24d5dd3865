// amazon-cognito-identity-js: sign-up, confirmation, SRP sign-in, refresh,
// password and attribute changes, sign-out, and what is refused.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } from 'amazon-cognito-identity-js'
import { AdminUserGlobalSignOutCommand, AdminDisableUserCommand } from '@aws-sdk/client-cognito-identity-provider'
import { createPool, createUser, email, endpoint, password, userPools } from './setup.mjs'

// call runs a method that takes a callback (err, result).
const call = f => new Promise((resolve, reject) => f((err, result) => err ? reject(err) : resolve(result)))

// refusedWith checks the code and the text of an error of this library.
const refusedWith = (code, message) => err => {
  assert.equal(err.code ?? err.name, code, err.message)
  assert.match(err.message, message)
  return true
}

async function world () {
  const ids = await createPool()
  const pool = new CognitoUserPool({ UserPoolId: ids.poolId, ClientId: ids.clientId, endpoint })
  return { ids, pool, user: name => new CognitoUser({ Username: name, Pool: pool }) }
}

const authenticate = (user, name, pw) => new Promise((resolve, reject) => {
  user.authenticateUser(new AuthenticationDetails({ Username: name, Password: pw }), {
    onSuccess: resolve,
    onFailure: reject,
    newPasswordRequired: () => reject(new Error('a new password is required')),
    mfaRequired: () => reject(new Error('MFA is required')),
  })
})

// codeFor reads the newest code that was sent to an address.
async function codeFor (destination) {
  const res = await fetch(`${endpoint}/_poolhouse/inbox?destination=${encodeURIComponent(destination)}`)
  const { messages } = await res.json()
  return /\d{6}/.exec(messages[0].body)[0]
}

test('sign up, confirm with the code, sign in with SRP', async () => {
  const { pool, user } = await world()
  const name = email()
  const attributes = [new CognitoUserAttribute({ Name: 'email', Value: name })]
  const signedUp = await call(cb => pool.signUp(name, password, attributes, [], cb))
  assert.equal(signedUp.userConfirmed, false)
  assert.equal(signedUp.codeDeliveryDetails.DeliveryMedium, 'EMAIL')
  await assert.rejects(authenticate(user(name), name, password), refusedWith('UserNotConfirmedException', /User is not confirmed\./))
  await assert.rejects(call(cb => user(name).confirmRegistration('000000', true, cb)), refusedWith('CodeMismatchException', /Invalid verification code provided, please try again\./))
  assert.equal(await codeFor(name).then(code => call(cb => user(name).confirmRegistration(code, true, cb))), 'SUCCESS')
  const session = await authenticate(user(name), name, password)
  assert.ok(session.isValid())
  const claims = session.getIdToken().decodePayload()
  assert.equal(claims.sub, signedUp.userSub)
  assert.equal(claims.email_verified, true)
})

test('wrong password and unknown user by SRP', async () => {
  const { ids, user } = await world()
  const { username } = await createUser(ids)
  await assert.rejects(authenticate(user(username), username, 'Wrong-horse-7'), refusedWith('NotAuthorizedException', /^Incorrect username or password\.$/))
  const nobody = email()
  await assert.rejects(authenticate(user(nobody), nobody, password), refusedWith('UserNotFoundException', /^User does not exist\.$/))
})

test('disabled user', async () => {
  const { ids, user } = await world()
  const { username } = await createUser(ids)
  await userPools.send(new AdminDisableUserCommand({ UserPoolId: ids.poolId, Username: username }))
  await assert.rejects(authenticate(user(username), username, password), refusedWith('NotAuthorizedException', /^User is disabled\.$/))
})

test('refresh, and refresh after a global sign-out', async () => {
  const { ids, user } = await world()
  const { username } = await createUser(ids)
  const u = user(username)
  const session = await authenticate(u, username, password)
  const fresh = await call(cb => u.refreshSession(session.getRefreshToken(), cb))
  assert.notEqual(fresh.getAccessToken().getJwtToken(), session.getAccessToken().getJwtToken())
  assert.equal(fresh.getIdToken().decodePayload().origin_jti, session.getIdToken().decodePayload().origin_jti)
  await userPools.send(new AdminUserGlobalSignOutCommand({ UserPoolId: ids.poolId, Username: username }))
  await assert.rejects(call(cb => u.refreshSession(session.getRefreshToken(), cb)), refusedWith('NotAuthorizedException', /^Refresh Token has been revoked$/))
})

test('change the password, and forget it', async () => {
  const { ids, user } = await world()
  const { username } = await createUser(ids)
  const u = user(username)
  await authenticate(u, username, password)
  const next = 'Another-horse-8'
  await assert.rejects(call(cb => u.changePassword('Wrong-horse-7', next, cb)), refusedWith('NotAuthorizedException', /Incorrect username or password\./))
  await assert.rejects(call(cb => u.changePassword(password, 'short', cb)), refusedWith('InvalidPasswordException', /Password/))
  assert.equal(await call(cb => u.changePassword(password, next, cb)), 'SUCCESS')
  await assert.rejects(authenticate(user(username), username, password), refusedWith('NotAuthorizedException', /Incorrect username or password\./))
  await authenticate(user(username), username, next)
})

test('attributes of the signed-in user', async () => {
  const { ids, user } = await world()
  const { username, sub } = await createUser(ids)
  const u = user(username)
  await authenticate(u, username, password)
  await call(cb => u.updateAttributes([new CognitoUserAttribute({ Name: 'given_name', Value: 'Ada' })], cb))
  const attributes = Object.fromEntries((await call(cb => u.getUserAttributes(cb))).map(a => [a.getName(), a.getValue()]))
  assert.equal(attributes.given_name, 'Ada')
  assert.equal(attributes.sub, sub)
  await assert.rejects(call(cb => u.updateAttributes([new CognitoUserAttribute({ Name: 'custom:none', Value: 'x' })], cb)))
  await assert.rejects(call(cb => u.updateAttributes([new CognitoUserAttribute({ Name: 'sub', Value: 'x' })], cb)))
})

test('global sign-out and deletion', async () => {
  const { ids, user } = await world()
  const { username } = await createUser(ids)
  const u = user(username)
  await authenticate(u, username, password)
  await new Promise((resolve, reject) => u.globalSignOut({ onSuccess: resolve, onFailure: reject }))
  const again = user(username)
  await authenticate(again, username, password)
  assert.equal(await call(cb => again.deleteUser(cb)), 'SUCCESS')
  await assert.rejects(authenticate(user(username), username, password), refusedWith('UserNotFoundException', /User does not exist\./))
})
