// The thirteen calls of the quickstart by the AWS SDK for JavaScript v3, and
// what is refused along the way.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { AdminInitiateAuthCommand, CreateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider'
import { CreateIdentityPoolCommand, SetIdentityPoolRolesCommand, GetIdCommand, GetCredentialsForIdentityCommand } from '@aws-sdk/client-cognito-identity'
import { CreatePolicyCommand, CreateRoleCommand, AttachRolePolicyCommand, DetachRolePolicyCommand, DeleteRoleCommand, ListRolesCommand, IAMClient } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { userPools, identityPools, iam, withCredentials, createPool, createClient, createUser, signIn, unique, refused } from './setup.mjs'

const federated = 'cognito-identity.amazonaws.com'

async function createIdentityPool ({ provider, clientId }) {
  const pool = await identityPools.send(new CreateIdentityPoolCommand({
    IdentityPoolName: 'test',
    AllowUnauthenticatedIdentities: false,
    AllowClassicFlow: true,
    CognitoIdentityProviders: [{ ProviderName: provider, ClientId: clientId, ServerSideTokenCheck: false }],
  }))
  return pool.IdentityPoolId
}

async function createRole (identityPoolId, action = '*') {
  const { Policy: policy } = await iam.send(new CreatePolicyCommand({
    PolicyName: unique('userpool-authorized-policy'),
    Path: '/service-role/',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] }),
  }))
  const { Role: role } = await iam.send(new CreateRoleCommand({
    RoleName: unique('userpool-authorized-role'),
    Path: '/service-role/',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{
        Effect: 'Allow',
        Principal: { Federated: federated },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${federated}:aud`]: identityPoolId },
          'ForAnyValue:StringLike': { [`${federated}:amr`]: 'authenticated' },
        },
      }],
    }),
  }))
  await iam.send(new AttachRolePolicyCommand({ RoleName: role.RoleName, PolicyArn: policy.Arn }))
  await identityPools.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: identityPoolId, Roles: { authenticated: role.Arn } }))
  return { role, policy }
}

async function chain (action) {
  const pool = await createPool()
  const user = await createUser(pool)
  const identityPoolId = await createIdentityPool(pool)
  const { role, policy } = await createRole(identityPoolId, action)
  const { IdToken: idToken } = await signIn(pool, user.username)
  const Logins = { [pool.provider]: idToken }
  const { IdentityId } = await identityPools.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins }))
  const { Credentials: credentials } = await identityPools.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }))
  return { pool, user, identityPoolId, role, policy, idToken, IdentityId, Logins, credentials }
}

test('the chain ends in the role session', async () => {
  const { role, credentials } = await chain()
  const caller = await withCredentials(STSClient, credentials).send(new GetCallerIdentityCommand({}))
  assert.equal(caller.Arn, `arn:aws:sts::123456789012:assumed-role/${role.RoleName}/CognitoIdentityCredentials`)
  assert.equal(caller.UserId, `${role.RoleId}:CognitoIdentityCredentials`)
  assert.equal(caller.Account, '123456789012')
  assert.ok(credentials.Expiration > new Date())
})

test('wrong password', async () => {
  const pool = await createPool()
  const user = await createUser(pool)
  await assert.rejects(signIn(pool, user.username, 'Wrong-horse-7'), refused('NotAuthorizedException', 'Incorrect username or password.'))
})

test('tampered token', async () => {
  const { identityPoolId, pool, idToken } = await chain()
  const [head, body, signature] = idToken.split('.')
  const claims = { ...JSON.parse(Buffer.from(body, 'base64url')), sub: '00000000-0000-4000-8000-000000000000' }
  const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
  const none = [Buffer.from('{"alg":"none"}').toString('base64url'), body, ''].join('.')
  for (const token of [forged, none]) {
    await assert.rejects(identityPools.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins: { [pool.provider]: token } })),
      refused('NotAuthorizedException', /^Invalid login token\./))
  }
})

test('access token instead of the ID token', async () => {
  const { identityPoolId, pool, user } = await chain()
  const { AccessToken } = await signIn(pool, user.username)
  await assert.rejects(identityPools.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins: { [pool.provider]: AccessToken } })),
    refused('NotAuthorizedException', 'Invalid login token. Missing a required claim: aud'))
})

test('token of another pool, and of another client', async () => {
  const { identityPoolId, pool, user } = await chain()
  const other = await createPool()
  const stranger = await createUser(other)
  const { IdToken: foreign } = await signIn(other, stranger.username)
  await assert.rejects(identityPools.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins: { [pool.provider]: foreign } })),
    refused('NotAuthorizedException', /^Invalid login token\. /))
  await assert.rejects(identityPools.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins: { [other.provider]: foreign } })),
    refused('NotAuthorizedException', 'Token is not from a supported provider of this identity pool.'))
  const clientId = await createClient(pool.poolId)
  const { IdToken: otherClient } = await signIn({ ...pool, clientId }, user.username)
  await assert.rejects(identityPools.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins: { [pool.provider]: otherClient } })),
    refused('NotAuthorizedException', 'Token is not from a supported provider of this identity pool.'))
})

test('identity without its login', async () => {
  const { IdentityId } = await chain()
  await assert.rejects(identityPools.send(new GetCredentialsForIdentityCommand({ IdentityId })),
    refused('NotAuthorizedException', `Access to Identity '${IdentityId}' is forbidden.`))
})

test('deleted role', async () => {
  const { role, policy, IdentityId, Logins, credentials } = await chain()
  await iam.send(new DetachRolePolicyCommand({ RoleName: role.RoleName, PolicyArn: policy.Arn }))
  await iam.send(new DeleteRoleCommand({ RoleName: role.RoleName }))
  await assert.rejects(withCredentials(STSClient, credentials).send(new GetCallerIdentityCommand({})),
    refused('InvalidClientTokenId', 'The security token included in the request is invalid.'))
  await assert.rejects(identityPools.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins })),
    refused('InvalidIdentityPoolConfigurationException', 'Invalid identity pool configuration. Check assigned IAM roles for this pool.'))
})

test('denied action', async () => {
  const { role, credentials } = await chain('s3:GetObject')
  const caller = `arn:aws:sts::123456789012:assumed-role/${role.RoleName}/CognitoIdentityCredentials`
  await assert.rejects(withCredentials(IAMClient, credentials).send(new ListRolesCommand({})),
    refused('AccessDenied', new RegExp(`^User: ${caller} is not authorized to perform: iam:ListRoles on resource: .* because no identity-based policy allows the iam:ListRoles action$`)))
  await assert.rejects(withCredentials(userPools.constructor, credentials).send(new CreateUserPoolCommand({ PoolName: 'x' })),
    refused('AccessDeniedException', `User: ${caller} is not authorized to perform: cognito-idp:CreateUserPool on resource: * because no identity-based policy allows the cognito-idp:CreateUserPool action`))
})

test('altered signature, and altered session token', async () => {
  const { credentials } = await chain()
  const wrongKey = { ...credentials, SecretKey: credentials.SecretKey.slice(0, -1) + (credentials.SecretKey.endsWith('A') ? 'B' : 'A') }
  await assert.rejects(withCredentials(STSClient, wrongKey).send(new GetCallerIdentityCommand({})),
    refused('SignatureDoesNotMatch', /^The request signature we calculated does not match/))
  const at = credentials.SessionToken.length >> 1
  const wrongToken = { ...credentials, SessionToken: credentials.SessionToken.slice(0, at) + (credentials.SessionToken[at] === 'A' ? 'B' : 'A') + credentials.SessionToken.slice(at + 1) }
  await assert.rejects(withCredentials(STSClient, wrongToken).send(new GetCallerIdentityCommand({})),
    refused('InvalidClientTokenId', 'The security token included in the request is invalid.'))
  await assert.rejects(withCredentials(userPools.constructor, wrongKey).send(new AdminInitiateAuthCommand({ UserPoolId: 'ap-northeast-1_aaaaaaaaa', ClientId: 'x', AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' })),
    refused('InvalidSignatureException', /^The request signature we calculated does not match/))
})
