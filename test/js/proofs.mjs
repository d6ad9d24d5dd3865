// What programs on the bare API compute themselves: SRP, the codes of
// authenticator applications, secret hashes and passkeys. And what people do:
// they read their mail, and let time pass.
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { endpoint } from './setup.mjs'

// codeFor is the newest code that was sent to an address or telephone number.
export async function codeFor (destination, at = endpoint) {
  const res = await fetch(`${at}/_poolhouse/inbox?destination=${encodeURIComponent(destination)}`)
  const { messages } = await res.json()
  return /\b(\d{8}|\d{6})\b/.exec(messages[0].body)[1]
}

// wrong is another code of the same length.
export const wrong = code => code.replace(/\d/g, d => (Number(d) + 1) % 10)

// pass lets time pass on a server that no other test uses.
export async function pass (advance, at) {
  const res = await fetch(`${at}/_poolhouse/clock`, { method: 'POST', body: JSON.stringify({ advance }) })
  if (!res.ok) throw new Error(await res.text())
}

async function now (at) {
  const res = await fetch(`${at}/_poolhouse/clock`)
  return new Date((await res.json()).now)
}

export const secretHash = (username, clientId, secret) => createHmac('sha256', secret).update(username + clientId).digest('base64')

function unbase32 (text) {
  let bits = ''
  for (const c of text.replace(/=/g, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')
  return Buffer.from(bits.match(/.{8}/g).map(b => parseInt(b, 2)))
}

// totp is what an authenticator application shows (RFC 6238), a number of steps
// of thirty seconds from the server's time.
export async function totp (secret, steps = 0, at = endpoint) {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor((await now(at)).getTime() / 30000) + steps))
  const mac = createHmac('sha1', unbase32(secret)).update(counter).digest()
  const offset = mac.at(-1) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1e6).padStart(6, '0')
}

// The 3072-bit group (RFC 5054).
export const modulus = 'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF'
const N = BigInt('0x' + modulus)
const g = 2n

function power (base, exponent) {
  let out = 1n
  for (base %= N; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) out = out * base % N
    base = base * base % N
  }
  return out
}

const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const number = bytes => BigInt('0x' + bytes.toString('hex'))

// pad is a number as signed big-endian bytes.
function pad (n) {
  let hex = n.toString(16)
  if (hex.length % 2) hex = '0' + hex
  return Buffer.from(/^[89a-f]/i.test(hex) ? '00' + hex : hex, 'hex')
}

const k = number(hash(pad(N), pad(g)))
const privateKey = (salt, group, identity, password) => number(hash(pad(salt), hash(Buffer.from(`${group}${identity}:${password}`))))

// timestamp is as in "Tue Nov 3 04:05:06 UTC 2026".
function timestamp (date) {
  const [day, date_, month, year, time] = date.toUTCString().replace(',', '').split(' ')
  return `${day} ${month} ${Number(date_)} ${time} UTC ${year}`
}

// srp begins a sign-in: SRP_A, and the answer to a challenge for a password.
export function srp () {
  const a = number(randomBytes(32))
  const A = power(g, a)
  const answer = (challenge, group, identity, password, at, more = {}) => {
    const B = BigInt('0x' + challenge.SRP_B)
    const u = number(hash(pad(A), pad(B)))
    const x = privateKey(BigInt('0x' + challenge.SALT), group, identity, password)
    const base = (B - k * power(g, x) % N + N) % N
    const S = power(base, a + u * x)
    const prk = createHmac('sha256', pad(u)).update(pad(S)).digest()
    const key = createHmac('sha256', prk).update('Caldera Derived Key\x01').digest().subarray(0, 16)
    const stamp = timestamp(at)
    const signature = createHmac('sha256', key).update(group + identity).update(Buffer.from(challenge.SECRET_BLOCK, 'base64')).update(stamp).digest('base64')
    return { PASSWORD_CLAIM_SIGNATURE: signature, PASSWORD_CLAIM_SECRET_BLOCK: challenge.SECRET_BLOCK, TIMESTAMP: stamp, ...more }
  }
  return {
    SRP_A: A.toString(16),
    // prove answers PASSWORD_VERIFIER.
    prove: async ({ ChallengeParameters: c }, poolId, password, at = endpoint) => answer(c, poolId.split('_')[1], c.USER_ID_FOR_SRP, password, await now(at), { USERNAME: c.USER_ID_FOR_SRP }),
    // proveDevice answers DEVICE_PASSWORD_VERIFIER.
    proveDevice: async ({ ChallengeParameters: c }, device, username, at = endpoint) =>
      answer(c, device.DeviceGroupKey, device.DeviceKey, device.password, await now(at), { USERNAME: username, DEVICE_KEY: device.DeviceKey }),
  }
}

// newDevice chooses a device's password: the verifier is for ConfirmDevice.
export function newDevice ({ DeviceKey, DeviceGroupKey }) {
  const password = randomBytes(30).toString('base64')
  const salt = number(randomBytes(16))
  const verifier = power(g, privateKey(salt, DeviceGroupKey, DeviceKey, password))
  return {
    DeviceKey,
    DeviceGroupKey,
    password,
    DeviceSecretVerifierConfig: { Salt: pad(salt).toString('base64'), PasswordVerifier: pad(verifier).toString('base64') },
  }
}

const b64 = bytes => Buffer.from(bytes).toString('base64url')

// cbor encodes what an authenticator says (RFC 8949).
function cbor (v) {
  const head = (major, n) => n < 24 ? Buffer.from([major << 5 | n]) : n < 256 ? Buffer.from([major << 5 | 24, n]) : Buffer.from([major << 5 | 25, n >> 8, n & 255])
  if (typeof v === 'number') return v < 0 ? head(1, -1 - v) : head(0, v)
  if (typeof v === 'string') return Buffer.concat([head(3, Buffer.byteLength(v)), Buffer.from(v)])
  if (Buffer.isBuffer(v)) return Buffer.concat([head(2, v.length), v])
  return Buffer.concat([head(5, v.size), ...[...v].flatMap(pair => pair.map(cbor))])
}

// authenticator is one passkey, and the browser in front of it on a page of
// this machine.
export function authenticator () {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(16)
  let handle
  let counter = 0
  const client = (type, challenge) => Buffer.from(JSON.stringify({ type, challenge, origin: 'http://localhost:3000', crossOrigin: false }))
  const data = (rpId, flags) => {
    const n = Buffer.alloc(4)
    n.writeUInt32BE(++counter)
    return Buffer.concat([hash(Buffer.from(rpId)), Buffer.from([flags]), n])
  }
  const credential = response => ({
    id: b64(id), rawId: b64(id), type: 'public-key', authenticatorAttachment: 'platform', clientExtensionResults: {}, response,
  })
  return {
    // create answers the options of a registration.
    create (options) {
      handle = options.user.id
      const { x, y } = publicKey.export({ format: 'jwk' })
      const key = cbor(new Map([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]))
      const authData = Buffer.concat([data(options.rp.id, 0x45), Buffer.alloc(16), Buffer.from([0, id.length]), id, key])
      return credential({
        clientDataJSON: b64(client('webauthn.create', options.challenge)),
        attestationObject: b64(cbor(new Map([['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]]))),
        transports: ['internal'],
      })
    },
    // get answers the options of a sign-in.
    get (options) {
      const clientData = client('webauthn.get', options.challenge)
      const authData = data(options.rpId, 0x05)
      return credential({
        clientDataJSON: b64(clientData), authenticatorData: b64(authData), userHandle: handle,
        signature: b64(sign('sha256', Buffer.concat([authData, hash(clientData)]), privateKey)),
      })
    },
  }
}
