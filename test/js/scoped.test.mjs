// GetScopedCredentials of the newest SDK: narrower credentials of the same session.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AttachRolePolicyCommand, CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, IAMClient, ListRolesCommand, ListUsersCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand, GetScopedCredentialsCommand, STSClient } from '@aws-sdk/client-sts'
import { endpoint, iam, region, unique } from './setup.mjs'

const allow = (action) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] })
const using = (c) => ({ endpoint, region, maxAttempts: 1, credentials: { accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretAccessKey, sessionToken: c.SessionToken } })

test('scope down a session', async () => {
  const UserName = unique('scoper')
  const RoleName = unique('scoped')
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: allow(['sts:AssumeRole', 'sts:GetScopedCredentials']) }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const { Role } = await iam.send(new CreateRoleCommand({
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }] })
  }))
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }))
  const whole = await new STSClient(using(AccessKey)).send(new AssumeRoleCommand({ RoleArn: Role.Arn, RoleSessionName: 'agent' }))

  const sts = new STSClient(using(whole.Credentials))
  const first = await sts.send(new GetScopedCredentialsCommand({ Policy: allow('iam:List*'), DurationSeconds: 600, MinimumSessionTokenSize: 2048, ScopedSessionDescription: 'an agent' }))
  assert.equal(first.ScopedPoliciesCount, 1)
  assert.equal(first.SessionInfo.Arn, whole.AssumedRoleUser.Arn)
  assert.equal(first.SessionInfo.ScopedSessionId, whole.AssumedRoleUser.AssumedRoleId)
  assert.equal(first.SessionTokenSize, first.Credentials.SessionToken.length)
  assert.ok(first.SessionTokenSize >= 2048 && first.SessionTokenUtilization >= 50 && first.SessionTokenUtilization <= 100)
  assert.ok(first.Credentials.Expiration < whole.Credentials.Expiration)

  const scoped = new IAMClient(using(first.Credentials))
  await scoped.send(new ListUsersCommand({}))
  await assert.rejects(scoped.send(new CreateUserCommand({ UserName: 'x' })), { name: 'AccessDenied', message: /because no session policy allows the iam:CreateUser action$/ })
  const identity = await new STSClient(using(first.Credentials)).send(new GetCallerIdentityCommand({}))
  assert.equal(identity.Arn, whole.AssumedRoleUser.Arn)

  // The scoped session may not scope itself down any more: its policy does not let it.
  await assert.rejects(new STSClient(using(first.Credentials)).send(new GetScopedCredentialsCommand({ Policy: allow('iam:ListUsers') })), { name: 'AccessDenied' })
  const wider = await sts.send(new GetScopedCredentialsCommand({ Policy: allow(['iam:List*', 'sts:GetScopedCredentials']) }))
  const second = await new STSClient(using(wider.Credentials)).send(new GetScopedCredentialsCommand({ Policy: allow('iam:ListUsers') }))
  assert.equal(second.ScopedPoliciesCount, 2)
  const narrow = new IAMClient(using(second.Credentials))
  await narrow.send(new ListUsersCommand({}))
  await assert.rejects(narrow.send(new ListRolesCommand({})), { name: 'AccessDenied' })

  await assert.rejects(sts.send(new GetScopedCredentialsCommand({ DurationSeconds: 7200 })), { name: 'InsufficientSessionLifetimeException' })
  await assert.rejects(sts.send(new GetScopedCredentialsCommand({ Policy: '{}' })), { name: 'MalformedPolicyDocumentException' })
  await assert.rejects(sts.send(new GetScopedCredentialsCommand({ Policy: allow('x:' + 'y'.repeat(2048)) })), { name: 'PackedPolicyTooLargeException' })
  await assert.rejects(new STSClient(using(AccessKey)).send(new GetScopedCredentialsCommand({ Policy: allow('*') })), { name: 'InvalidSubjectCredentialsException' })
})
