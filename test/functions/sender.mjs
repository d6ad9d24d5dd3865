// A sender function as the Developer Guide has it: it decrypts the code with the
// AWS Encryption SDK. What it would send goes to the file OUTBOX.
import { appendFileSync } from 'node:fs';
import { buildClient, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node';

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyring = new KmsKeyringNode({ keyIds: [process.env.KEY_ARN] });

export const handler = async (event) => {
  let code = null;
  if (event.request.code) {
    const { plaintext, messageHeader } = await decrypt(keyring, Buffer.from(event.request.code, 'base64'));
    if (messageHeader.encryptionContext['userpool-id'] !== event.userPoolId) throw new Error('another pool');
    code = plaintext.toString();
  }
  appendFileSync(process.env.OUTBOX, JSON.stringify({ ...event, code }) + '\n');
};
