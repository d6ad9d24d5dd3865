// aws-amplify v6 in Node: a web application's calls.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { Amplify } from 'aws-amplify'
import { signUp, confirmSignUp, signIn, signOut, getCurrentUser, fetchAuthSession, fetchUserAttributes, resetPassword, confirmResetPassword } from 'aws-amplify/auth'
import { CreateIdentityPoolCommand, SetIdentityPoolRolesCommand } from '@aws-sdk/client-cognito-identity'
import { CreateRoleCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { createPool, email, endpoint, iam, identityPools, password, region, unique } from './setup.mjs'

async function codeFor (destination) {
  const res = await fetch(`${endpoint}/_poolhouse/inbox?destination=${encodeURIComponent(destination)}`)
  const { messages } = await res.json()
  return /\d{6}/.exec(messages[0].body)[0]
}

const trust = pool => JSON.stringify({
  Version: '2012-10-17',
  Statement: [{
    Effect: 'Allow',
    Principal: { Federated: 'cognito-identity.amazonaws.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { 'cognito-identity.amazonaws.com:aud': pool } },
  }],
})

// One application: Amplify's configuration and session are of the process.
test('an application signs up, in and out, and gets AWS credentials', async t => {
  const pool = await createPool()
  const { IdentityPoolId: identityPoolId } = await identityPools.send(new CreateIdentityPoolCommand({
    IdentityPoolName: 'app',
    AllowUnauthenticatedIdentities: true,
    CognitoIdentityProviders: [{ ProviderName: pool.provider, ClientId: pool.clientId }],
  }))
  const roles = {}
  for (const kind of ['authenticated', 'unauthenticated']) {
    const { Role: role } = await iam.send(new CreateRoleCommand({ RoleName: unique(kind), AssumeRolePolicyDocument: trust(identityPoolId) }))
    roles[kind] = role.Arn
  }
  await identityPools.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: identityPoolId, Roles: roles }))
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: pool.poolId,
        userPoolClientId: pool.clientId,
        userPoolEndpoint: endpoint,
        identityPoolId,
        identityPoolEndpoint: endpoint,
        allowGuestAccess: true,
      },
    },
  })
  const username = email()
  const callerOf = async session => {
    const { credentials } = session
    const sts = new STSClient({ endpoint, region, credentials })
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn
  }

  await t.test('guest', async () => {
    const session = await fetchAuthSession()
    assert.equal(session.tokens, undefined)
    assert.match(await callerOf(session), /assumed-role\/unauthenticated-.*\/CognitoIdentityCredentials$/)
  })
  await t.test('sign up', async () => {
    const { nextStep } = await signUp({ username, password, options: { userAttributes: { email: username } } })
    assert.equal(nextStep.signUpStep, 'CONFIRM_SIGN_UP')
    await assert.rejects(signUp({ username, password, options: { userAttributes: { email: username } } }), { name: 'UsernameExistsException', message: 'An account with the given email already exists.' })
    await assert.rejects(confirmSignUp({ username, confirmationCode: '000000' }), { name: 'CodeMismatchException' })
    const done = await confirmSignUp({ username, confirmationCode: await codeFor(username) })
    assert.equal(done.isSignUpComplete, true)
  })
  await t.test('sign in', async () => {
    await assert.rejects(signIn({ username, password: 'Wrong-horse-7' }), { name: 'NotAuthorizedException', message: 'Incorrect username or password.' })
    const { isSignedIn } = await signIn({ username, password })
    assert.equal(isSignedIn, true)
    const { userId, username: name } = await getCurrentUser()
    assert.equal(userId, name)
    assert.equal((await fetchUserAttributes()).email, username)
  })
  await t.test('credentials', async () => {
    const session = await fetchAuthSession({ forceRefresh: true })
    assert.equal(session.tokens.idToken.payload.email, username)
    assert.match(await callerOf(session), /assumed-role\/authenticated-.*\/CognitoIdentityCredentials$/)
  })
  await t.test('sign out', async () => {
    await signOut({ global: true })
    await assert.rejects(getCurrentUser(), { name: 'UserUnAuthenticatedException' })
  })
  await t.test('forgotten password', async () => {
    const { nextStep } = await resetPassword({ username })
    assert.equal(nextStep.resetPasswordStep, 'CONFIRM_RESET_PASSWORD_WITH_CODE')
    const newPassword = 'Another-horse-8'
    await assert.rejects(confirmResetPassword({ username, confirmationCode: '000000', newPassword }), err => ['CodeMismatchException', 'ExpiredCodeException'].includes(err.name))
    await confirmResetPassword({ username, confirmationCode: await codeFor(username), newPassword })
    await assert.rejects(signIn({ username, password }), { name: 'NotAuthorizedException' })
    assert.equal((await signIn({ username, password: newPassword })).isSignedIn, true)
    await signOut()
  })
  await t.test('passwordless choice of a password (USER_AUTH)', async () => {
    const out = await signIn({ username, password: 'Another-horse-8', options: { authFlowType: 'USER_AUTH', preferredChallenge: 'PASSWORD_SRP' } })
    assert.equal(out.isSignedIn, true)
    await signOut()
  })
})
